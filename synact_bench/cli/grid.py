"""``synact-bench grid``: the same generators on several testbeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from synact_bench.cli import custom
from synact_bench.cli.board import conclude, stored
from synact_bench.cli.measuring import PRINTING, raise_failed, refuse_measuring, wrote
from synact_bench.cli.options import (
    CheckOption,
    DenseOption,
    DeviceOption,
    PresetOption,
    RunsOption,
    SeedOption,
)
from synact_bench.core.errors import FailedRowsError, SynactError
from synact_bench.evaluation.run import RunOutcome, run
from synact_bench.reports import board, grid_page
from synact_bench.reports import grid as grids
from synact_bench.reports.board import Board
from synact_bench.reports.grid import Grid
from synact_bench.results.files import differing, write_together
from synact_bench.results.store import Cell
from synact_bench.run import lookup
from synact_bench.run.opening import DEFAULT_PRESET
from synact_bench.run.options import HOME, OPTIONS, RunOptions
from synact_bench.run.request import Request

EXAMPLES = """
Examples:

  synact-bench grid --testbeds smollm2-135m,mine.toml --generators gaussian,my_method.py:MyMethod

  synact-bench grid --testbeds early.toml --testbeds late.toml --preset standard

  synact-bench grid --from runs/early/quick/seed-0 --from runs/late/quick/seed-0
"""
MEASURING = ("testbeds", "generators", "preset", "seed", "dense", "device")
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
    generators: Annotated[
        list[str] | None,
        typer.Option(
            "--generators",
            "--generator",
            help=f"{OPTIONS['generators'].help} Commas may separate several.",
        ),
    ] = None,
    preset: PresetOption = DEFAULT_PRESET,
    seed: SeedOption = None,
    runs: RunsOption = HOME,
    dense: DenseOption = False,
    device: DeviceOption = "cpu",
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
            help="Folder of GRID.md, grid.json and grid.png; by default one of its own in --runs.",
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
    failed: Mapping[str, Mapping[str, SynactError]] = {}
    if folders:
        refuse_measuring(context, MEASURING)
        made = grids.grid(from_stored(folders))
    else:
        asked = RunOptions(
            generators=tuple(_separate(generators)),
            preset=preset,
            seed=seed,
            runs=runs,
            dense=dense,
            device=device,
        )
        requests = _requests([replace(asked, testbed=each) for each in _separate(testbeds)])
        wanted = {plan.entry.name for each in requests for plan in each.plans}
        measured = {each.testbed.name: _measured(each) for each in requests}
        failed = {name: each.failed for name, each in measured.items()}
        made = grids.grid([each.board for each in measured.values()], rows=wanted)
    files = grid_page.contents(made)
    if check and out is not None:
        conclude(differing(files, out), out, what="grid", renew="make grid")
        return
    place = out or _folder(made, runs)
    write = partial(write_together, {place / name: content for name, content in files.items()})
    said = wrote([place / name for name in files], write, required=out is not None)
    _show(made)
    print(f"\n{said}")
    raise_failed(failed)


def _separate(values: Sequence[str] | None) -> list[str]:
    """Each value once, those between commas apart."""
    parts = (part.strip() for value in values or () for part in value.split(","))
    return list(dict.fromkeys(filter(None, parts)))


def _requests(options: Sequence[RunOptions]) -> list[Request]:
    """A request a testbed; whatever is misspelt is told before anything is opened.

    Raises:
        SynactError: there are fewer than two testbeds, two have one name, or a name is not known.
    """
    declared = [lookup.declared(each) for each in options]
    names = [each.name for each in declared]
    if len(set(names)) < max(len(names), 2):
        raise SynactError(
            f"a grid needs two testbeds or more, each with a name of its own: "
            f"{', '.join(names) or 'none'}",
            where="--testbeds",
            fix="name another one, or run a single one with 'synact-bench run'",
        )
    return [
        custom.opened(each, declared=setup) for each, setup in zip(options, declared, strict=True)
    ]


def _measured(request: Request) -> RunOutcome:
    """Measure what is missing on one testbed and publish its own board, as ``run`` does.

    Raises:
        FailedRowsError: several rows were asked for, and none can be measured.
        SynactError: as ``run``; the testbed is named.
    """
    name = request.testbed.name
    try:
        # A copy, whose plans and the generators fitted in them are gone before the next is opened.
        return run(replace(request), PRINTING)
    except FailedRowsError as error:
        raise_failed({name: error.failed})
        raise
    except SynactError as error:
        raise SynactError(
            error.what,
            where=f"testbed {name}: {error.where}",
            fix=f"{error.fix}; finished cells of every testbed are kept",
        ) from error


def from_stored(folders: Sequence[Path]) -> list[Board]:
    """A board a testbed, in the order in which they are met.

    Raises:
        RecordError: a folder holds no cells, or those of a testbed cannot stand on one board.
    """
    cells: dict[str, list[Cell]] = {}
    for folder in folders:
        for cell in stored([folder]):
            name = cell.record.identity.testbed.partition("@")[0]
            cells.setdefault(name, []).append(cell)
    return [board.build(each) for each in cells.values()]


def _folder(made: Grid, runs: Path) -> Path:
    return runs / f"grid-{made.columns[0].setting.preset}-{made.mark}"


def _show(made: Grid) -> None:
    few = grid_page.too_few(made)
    if few is not None:
        print(f"{few}\n")
    print(grid_page.realism_table(made))
    print(f"\n{grid_page.verdict(made).replace('*', '')}")
