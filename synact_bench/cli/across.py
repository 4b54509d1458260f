"""The same generators on several testbeds: measured one after another, then put into one grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from synact_bench.cli import custom
from synact_bench.cli.measuring import PRINTING, raise_failed, wrote
from synact_bench.core.errors import FailedRowsError, SynactError
from synact_bench.evaluation.measured import failures
from synact_bench.evaluation.run import write_pages
from synact_bench.reports import grid as grids
from synact_bench.reports import grid_page
from synact_bench.reports.boards import together
from synact_bench.reports.grid import Grid
from synact_bench.results.files import write_together
from synact_bench.run import lookup, shipped
from synact_bench.run.measuring import measure_together
from synact_bench.run.opening import stands_beside
from synact_bench.run.options import RunOptions
from synact_bench.run.request import Request, sharing_passes
from synact_bench.testbeds import suites


def score(options: Sequence[RunOptions], *, out: Path | None) -> None:
    """Measure what is missing on each testbed, and write and print the grid of all.

    Of rows that were measured beside published ones on every testbed the grid has these too. The
    pages of each testbed say what the grid does: replicates of all boards stand for the same
    documents.

    Args:
        options: what is asked for, with one testbed each.
        out: folder of the grid's files; None for one of its own beside the runs.

    Raises:
        FailedRowsError: a row could not be measured on a testbed; the grid is of the others.
        SynactError: fewer than two testbeds are named, or one cannot be opened.
    """
    asked = sharing_passes(requests(options))
    for each in asked:
        for line in each.remarks():
            print(f"{each.testbed.name}: {line}")
    wanted = None
    if not all(each.shipped for each in asked):
        wanted = {plan.entry.name for each in asked for plan in each.plans}
    measure_together([(each, each.plans) for each in asked], PRINTING)
    failed = {each.testbed.name: _measured(each) for each in asked}
    cells = {
        each.testbed.name: each.board_cells(without=failed[each.testbed.name]) for each in asked
    }
    boards = together(cells)
    show(grids.grid(boards, rows=wanted), runs=options[0].runs, out=out)
    from synact_bench.site import single  # noqa: PLC0415  (loads matplotlib)

    for each, board in zip(asked, boards, strict=True):
        write = partial(write_pages, board, cells[each.testbed.name], each.folder)
        print(wrote([single.first(each.folder)], write))
    raise_failed(failed)


def of_suite(options: RunOptions, suite: str) -> list[RunOptions]:
    """What is asked for, on each testbed of a suite, with its preset if none is named.

    Where a testbed has published cells of that preset, which the rows can be measured beside, none
    is named for it: they are then measured alone.

    Raises:
        SynactError: there is no such suite.
    """
    found = suites.find(suite)
    if options.preset is not None:
        return [replace(options, testbed=each) for each in found.testbeds]
    on_each = []
    for name in found.testbeds:
        asked = replace(options, testbed=name)
        setup = lookup.declared(asked)
        beside = stands_beside(asked, setup) and shipped.preset_of(setup.name) == found.preset
        on_each.append(asked if beside else replace(asked, preset=found.preset))
    return on_each


def requests(options: Sequence[RunOptions]) -> list[Request]:
    """A request a testbed; whatever is misspelt is told before anything is opened.

    Raises:
        SynactError: there are fewer than two testbeds, two have one name, or a name is not known.
    """
    declared = [lookup.declared(each) for each in options]
    names = [each.name for each in declared]
    if len(set(names)) < max(len(names), 2):
        raise SynactError(
            f"a grid needs two testbeds or more, each with its own name: "
            f"{', '.join(names) or 'none'}",
            where="the testbeds of a grid or suite",
            fix="name another one, or run a single one with 'synact-bench run'",
        )
    return [
        custom.opened(each, declared=setup) for each, setup in zip(options, declared, strict=True)
    ]


def show(made: Grid, *, runs: Path, out: Path | None) -> None:
    """Write the files of a grid and print its table.

    Args:
        made: the grid.
        runs: home of the runs, in which it has a folder of its own.
        out: another folder for it.
    """
    files: Mapping[str, bytes] = grid_page.contents(made)
    place = out or runs / f"grid-{made.columns[0].setting.preset}-{made.mark}"
    write = partial(write_together, {place / name: content for name, content in files.items()})
    said = wrote([place / name for name in files], write, required=out is not None)
    print(f"{grid_page.printed(made)}\n\n{said}")


def _measured(request: Request) -> Mapping[str, SynactError]:
    """Measure what is missing on one testbed; why rows could not be, by name.

    Raises:
        FailedRowsError: several rows were asked for, and none can be measured.
        SynactError: as ``failures``; the testbed is named.
    """
    name = request.testbed.name
    try:
        # A copy, whose plans and the generators fitted in them are gone before the next is opened.
        return failures(replace(request), PRINTING, reported=request.shipped is None)
    except FailedRowsError as error:
        raise_failed({name: error.failed})
        raise
    except SynactError as error:
        raise SynactError(
            error.what,
            where=f"testbed {name}: {error.where}",
            fix=f"{error.fix}; finished cells of every testbed are kept",
        ) from error
