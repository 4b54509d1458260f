"""``synact-bench grid``: the same generators on several testbeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from synact_bench.cli import across
from synact_bench.cli.board import conclude, stored
from synact_bench.cli.measuring import refuse_measuring
from synact_bench.cli.options import (
    AddressOption,
    CheckOption,
    DenseOption,
    DeviceOption,
    ExecutorOption,
    GpusOption,
    RunsOption,
    SeedOption,
    SuiteOption,
    WorkersOption,
    option,
)
from synact_bench.core.errors import SynactError
from synact_bench.core.experiments import DEFAULT_PRESET
from synact_bench.reports import grid as grids
from synact_bench.reports import grid_page
from synact_bench.reports.board import Board
from synact_bench.reports.boards import together
from synact_bench.reports.comparable import by_testbed
from synact_bench.results.files import differing
from synact_bench.run.options import HOME, OPTIONS, RunOptions, refuse_mistakes

EXAMPLES = """
Examples:

  synact-bench grid --testbeds smollm2-135m,mine.toml --generators gaussian,my_method.py:MyMethod

  synact-bench grid --testbeds early.toml --testbeds late.toml --preset standard

  synact-bench grid --suite standard --generators my_method.py:MyMethod

  synact-bench grid --from runs/early/quick/seed-0 --from runs/late/quick/seed-0
"""
PRESET = f"{OPTIONS['preset'].help} By default quick, or that of the suite."
MEASURING = (
    *("testbeds", "suite", "generators", "preset", "seed", "dense", "device"),
    *("workers", "executor", "address", "gpus_per_worker"),
)
"""Parameters that say what is measured."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("grid", epilog=EXAMPLES)(grid)


def grid(
    context: typer.Context,
    testbeds: Annotated[
        list[str] | None,
        typer.Option(
            "--testbeds",
            "--testbed",
            help=f"{OPTIONS['testbed'].help} Two or more: repeated, or separated by commas.",
        ),
    ] = None,
    suite: SuiteOption = None,
    generators: Annotated[
        list[str] | None,
        typer.Option(
            "--generators",
            "--generator",
            help=f"{OPTIONS['generators'].help} Commas may separate several.",
        ),
    ] = None,
    preset: Annotated[str | None, option("preset", help=PRESET)] = None,
    seed: SeedOption = None,
    runs: RunsOption = HOME,
    dense: DenseOption = False,
    device: DeviceOption = "cpu",
    workers: WorkersOption = 1,
    executor: ExecutorOption = "local",
    address: AddressOption = None,
    gpus_per_worker: GpusOption = 0.0,
    folders: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            help="Run nothing: take the cells stored here, of two testbeds or more; repeatable.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder of LEADERBOARD.md, scores.json and figures; by default its own in --runs.",
        ),
    ] = None,
    check: CheckOption = False,
) -> None:
    """Score the same generators on several testbeds; cells already stored are reused."""
    if check and (not folders or out is None):
        raise SynactError(
            "compares stored cells with what is published",
            where="--check",
            fix="give --from and --out too",
        )
    if folders:
        refuse_measuring(context, MEASURING)
        made = grids.grid(from_stored(folders))
        if check and out is not None:
            conclude(differing(grid_page.contents(made), out), out, what="grid", renew="make board")
        else:
            across.show(made, runs=runs, out=out)
        return
    if suite is not None and testbeds:
        raise SynactError(
            "are mutually exclusive: a suite names its testbeds",
            where="--suite and --testbeds",
            fix="drop one",
        )
    asked = RunOptions(
        generators=tuple(_separate(generators)),
        preset=preset or (DEFAULT_PRESET if suite is None else None),
        seed=seed,
        runs=runs,
        dense=dense,
        device=device,
        workers=workers,
        executor=executor,
        address=address,
        gpus_per_worker=gpus_per_worker,
    )
    refuse_mistakes(asked)
    on_each = (
        across.of_suite(asked, suite)
        if suite is not None
        else [replace(asked, testbed=each) for each in _separate(testbeds)]
    )
    across.score(on_each, out=out)


def _separate(values: Sequence[str] | None) -> list[str]:
    """Each value once, those between commas apart."""
    parts = (part.strip() for value in values or () for part in value.split(","))
    return list(dict.fromkeys(filter(None, parts)))


def from_stored(folders: Sequence[Path]) -> list[Board]:
    """A board a testbed, in the order in which they are met.

    Raises:
        RecordError: a folder holds no cells, or those of a testbed cannot stand on one board.
    """
    cells = (cell for folder in folders for cell in stored([folder]))
    return together(by_testbed(cells))
