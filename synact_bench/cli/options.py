"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from synact_bench.core.precision import Precision
from synact_bench.run import options

DEFAULT_TESTBED = "smollm2-135m"
TestbedName: TypeAlias = Annotated[str, typer.Option("--testbed", help=options.TESTBED)]
AnyTestbed: TypeAlias = Annotated[
    str | None, typer.Option("--testbed", help=options.TESTBED, show_default=DEFAULT_TESTBED)
]
Model: TypeAlias = Annotated[str | None, typer.Option("--model", help=options.MODEL)]
OwnModel: TypeAlias = Annotated[str | None, typer.Option("--model", help=options.OWN_MODEL)]
Hook: TypeAlias = Annotated[str | None, typer.Option("--hook", help=options.HOOK)]
ReadHook: TypeAlias = Annotated[str | None, typer.Option("--read-hook", help=options.READ_HOOK)]
Saes: TypeAlias = Annotated[list[str] | None, typer.Option("--sae", help=options.SAE)]
Dataset: TypeAlias = Annotated[str | None, typer.Option("--dataset", help=options.DATASET)]
NCtx: TypeAlias = Annotated[int | None, typer.Option("--n-ctx", min=2, help=options.N_CTX)]
Bos: TypeAlias = Annotated[bool, typer.Option("--bos", help=options.BOS)]
AsTrained: TypeAlias = Annotated[bool, typer.Option("--as-trained", help=options.AS_TRAINED)]
PresetName: TypeAlias = Annotated[str, typer.Option("--preset", help=options.PRESET)]
RunPreset: TypeAlias = Annotated[
    str | None,
    typer.Option("--preset", help=f"{options.PRESET} {options.BESIDE}", show_default=False),
]
GeneratorTargets: TypeAlias = Annotated[
    list[str] | None, typer.Option("--generator", help=options.GENERATOR)
]
Seed: TypeAlias = Annotated[int | None, typer.Option("--seed", help=options.SEED)]
Diagnostic: TypeAlias = Annotated[bool, typer.Option("--diagnostic", help=options.DIAGNOSTIC)]
Official: TypeAlias = Annotated[bool, typer.Option("--official", help=options.OFFICIAL)]
Runs: TypeAlias = Annotated[Path, typer.Option("--runs", help=options.RUNS)]
Dense: TypeAlias = Annotated[bool, typer.Option("--dense", help=options.DENSE)]
PrecisionName: TypeAlias = Annotated[Precision, typer.Option("--precision", help=options.PRECISION)]
Device: TypeAlias = Annotated[str, typer.Option("--device", help=options.DEVICE)]
PluginTimeout: TypeAlias = Annotated[
    float, typer.Option("--plugin-timeout", min=0.001, help=options.PLUGIN_TIMEOUT)
]
PluginMemory: TypeAlias = Annotated[
    float | None, typer.Option("--plugin-memory", min=0.001, help=options.PLUGIN_MEMORY)
]
NoIsolate: TypeAlias = Annotated[bool, typer.Option("--no-isolate", help=options.NO_ISOLATE)]
OwnText: TypeAlias = Annotated[Path | None, typer.Option("--text", help=options.TEXT)]
Submissions: TypeAlias = Annotated[
    Path | None,
    typer.Option("--submissions", help="Folder of submissions to take in beside the cells."),
]
Check: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--check",
        help="Write nothing: exit 1 unless what is in --out is what the cells give.",
    ),
]
Reference: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--reference",
        help="Pack or folder of the cells that give the scale; the published ones if left out.",
    ),
]
