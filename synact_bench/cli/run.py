"""``synact-bench run``: measure what is missing, then show the board.

Loading the libraries takes seconds: the first line is said before, so that none is imported here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import typer

from synact_bench.cli.options import SuiteOption, option, run_options, takes_run_options
from synact_bench.core.errors import SynactError
from synact_bench.isolation import processes
from synact_bench.isolation.limits import AVAILABLE
from synact_bench.run.options import BESIDE, DEFAULT_TESTBED, OPTIONS, RunOptions, refuse_mistakes
from synact_bench.run.shard import Shard

SAES = (
    f"{OPTIONS['sae'].help} Repeated: the same compositions are scored with each SAE of the hook, "
    "and the SAEs ranked by them."
)
TRACK = (
    "Score reconstructions instead: generators that are shown the base itself and return its "
    "approximation. They stand on a board of their own; several --sae give one each."
)
PRESET = {
    "help": f"{OPTIONS['preset'].help} {BESIDE} A suite has its own default.",
    "show_default": False,
}
TrackOption: TypeAlias = Annotated[
    Literal["reconstruction"] | None, typer.Option("--track", help=TRACK, show_default=False)
]
ShardOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="i/n",
        help="Only the i-th of n parts, from 1: the same parts whatever is stored.",
        show_default=False,
    ),
]
UnitsOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--units",
        metavar="FILE",
        help="Only the units that a plan names, as 'synact-bench plan --json' prints it. Neither "
        "this nor --shard makes a board: run again without, or 'synact-bench board', once all "
        "cells are there.",
        show_default=False,
    ),
]
PrepareOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--prepare",
        help="Measure no cell: only make what all shards share, the facts of each testbed and its "
        "train pool, before they are started.",
    ),
]
OF_ONE_TESTBED = (
    *("testbed", "model", "hook", "read_hook", "n_ctx", "bos", "text", "dataset"),
    *("as_trained", "official"),
)
"""Options that a suite leaves no room for."""
EXAMPLES = """
Examples:

  synact-bench run --preset quick

  synact-bench run --generator my_method.py:MyGenerator

  synact-bench run --preset quick --generator gaussian --generator my_method.py:MyGenerator

  synact-bench run --preset smoke --text my_novel.txt

  synact-bench run --model my-model.gguf --hook blocks.3.hook_resid_pre

  synact-bench run --sae default --sae pca --sae path/to/my-sae

  synact-bench run --track reconstruction --generator my_method.py:MyReconstruction

  synact-bench run --suite standard --generator my_method.py:MyGenerator
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("run", epilog=EXAMPLES)(run)


@takes_run_options(left_out=("sae",), words={"preset": PRESET})
def run(
    sae: Annotated[list[str] | None, option("sae", help=SAES)] = None,
    suite: SuiteOption = None,
    track: TrackOption = None,
    shard: ShardOption = None,
    units: UnitsOption = None,
    prepare: PrepareOption = False,
    **given: Any,
) -> None:
    """Score generators on a testbed, on those of a suite, or several SAEs on one.

    Cells already stored are reused.
    """
    options = run_options(given)
    refuse_mistakes(options)
    saes = sae or []
    if suite is not None:
        refuse_beside_suite(options, saes, track)
    part = None if shard is None else Shard.parse(shard)
    if prepare and (part is not None or units is not None):
        raise SynactError(
            "comes before all shards, and measures none",
            where="--prepare",
            fix="run it alone, then --shard or --units",
        )
    print(_opening(options, saes, suite), flush=True)
    start_loading_for_plugins(options)
    from synact_bench.cli import (  # noqa: PLC0415  (load the libraries)
        parts,
        reconstructions,
        scored,
        work,
    )

    asked = work.RunCommand(options, saes, suite, track)
    if prepare:
        parts.prepare(asked)
    elif part is not None or units is not None:
        parts.run(asked, shard=part, units=units)
    elif track is not None:
        reconstructions.show([replace(options, sae=each) for each in saes] or [options])
    elif suite is not None:
        scored.average(options, suite)
    elif len(saes) > 1:
        scored.rank([replace(options, sae=each) for each in saes])
    else:
        scored.show(replace(options, sae=saes[0] if saes else None))


def start_loading_for_plugins(options: RunOptions) -> None:
    """Let a process for plugins, where one will be wanted, load libraries while this one does."""
    if options.isolate and AVAILABLE and any(map(_is_file, options.generators)):
        processes.ready()


def refuse_beside_suite(options: RunOptions, saes: Sequence[str], track: str | None) -> None:
    """A suite says which testbeds there are, each with its own text and SAE; it has realism alone.

    Raises:
        SynactError: something else says so too.
    """
    given = [f"--{OPTIONS[name].name}" for name in OF_ONE_TESTBED if getattr(options, name)]
    given += ["--sae"] if saes else []
    given += ["--track"] if track is not None else []
    if given:
        raise SynactError(
            "is for a run on one testbed",
            where=f"{', '.join(given)} beside --suite",
            fix="drop one of the two",
        )


def _opening(options: RunOptions, saes: Sequence[str], suite: str | None) -> str:
    """The first line: on what generators are scored, as it was asked for."""
    if suite is not None:
        return f"suite {suite}: loading libraries, then looking for stored cells"
    place = options.model or str(options.testbed or DEFAULT_TESTBED)
    place += f" at {options.hook}" if options.hook else ""
    beside = f" with {', '.join(saes)}" if saes else ""
    return f"{place}{beside}: loading libraries, then looking for stored cells"


def _is_file(target: str) -> bool:
    """Whether a generator is a file's: no library is needed to see that it is a plugin."""
    return target.partition(":")[0].endswith(".py")
