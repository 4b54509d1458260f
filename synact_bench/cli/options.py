"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

TestbedName: TypeAlias = Annotated[
    str, typer.Option("--testbed", help="Testbed to probe; 'synact-bench list' shows them.")
]
PresetName: TypeAlias = Annotated[
    str,
    typer.Option(
        "--preset",
        help="smoke (8 bases x 17 points), quick (48 x 33), standard "
        "(400 x 51) or full (1000 x 101).",
    ),
]
GeneratorTargets: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--generator",
        help="Built-in name, installed entry point, module:attr or path/to/file.py:Class; "
        "repeatable. All built-in generators if left out.",
    ),
]
Seed: TypeAlias = Annotated[int, typer.Option("--seed", help="Of prompts, partners, generators.")]
Runs: TypeAlias = Annotated[Path, typer.Option("--runs", help="Folder of stored cells.")]
OwnText: TypeAlias = Annotated[
    Path | None,
    typer.Option("--text", help="Own text instead of the testbed's: a file, or a folder of .txt."),
]
