"""Measuring what is missing, with progress: what several verbs do first."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

import typer

from synact_bench.cli.progress import Bar
from synact_bench.errors import FailedRowsError, SynactError
from synact_bench.harness import plan
from synact_bench.harness.plan import CellPlan
from synact_bench.harness.request import Request
from synact_bench.leaderboard import board, publish
from synact_bench.leaderboard.board import Board
from synact_bench.results.files import ReadOnlyError
from synact_bench.results.store import OLDER, Cell


def measure(plans: Sequence[CellPlan], request: Request, *, note: str = "") -> None:
    """Measure and store what is missing of some plans of a request.

    Args:
        plans: what is wanted.
        request: where it is stored and how it is run.
        note: said before how many there are.

    Raises:
        FailedRowsError: rows could not be measured; the others are.
        SynactError: the testbed cannot be opened, the only generator asked for breaks the
            contract, or the store cannot be written.
    """
    aside = request.store.set_aside(request.engine)
    if aside:
        print(
            f"{request.folder / OLDER}: {aside} cells of another engine than {request.engine} "
            "were moved there: they cannot stand on one board with it"
        )
    failed = dict[str, SynactError](request.roster.refused)
    missing = plan.missing(plans, request.store)
    reused = len(plans) - len(missing)
    wanted = f"{note}{reused} cells reused, {len(missing)} to measure"
    print(f"{request.folder}: {wanted}", flush=True)
    if missing:
        from synact_bench.harness import runner  # noqa: PLC0415  (loads the model libraries)

        try:
            with Bar(missing) as bar:
                runner.measure(missing, request, bar)
        except FailedRowsError as error:
            failed |= error.failed
    request.roster.close()
    if failed:
        raise FailedRowsError(failed)


def refuse_measuring(context: typer.Context, names: Collection[str]) -> None:
    """With ``--from`` nothing is measured: an option about it would be ignored.

    Args:
        context: what was given on the command line.
        names: parameters that say what is measured, or where and how.

    Raises:
        SynactError: one was given.
    """
    for parameter in context.command.params:
        if parameter.name not in names:
            continue
        source = context.get_parameter_source(parameter.name)
        if source is not None and source.name == "COMMANDLINE":
            raise SynactError(
                "says what to measure or where, and --from measures nothing",
                where=parameter.opts[0],
                fix="leave one of the two out",
            )


def measured_board(request: Request, *, note: str = "") -> tuple[Board, list[Cell], str]:
    """Measure and store what is missing of a request, and publish its board in its folder.

    Args:
        request: what is wanted.
        note: said before how many cells there are.

    Returns:
        The board, the cells that it was built from, and what to say of its page.

    Raises:
        SynactError: as ``measure``, or the cells cannot stand on one board.
    """
    measure(request.plans, request, note=note)
    return stored_board(request)


def stored_board(
    request: Request, *, without: Collection[str] = ()
) -> tuple[Board, list[Cell], str]:
    """As ``measured_board``, of what is stored, but for rows that failed.

    Raises:
        SynactError: the cells cannot stand on one board.
    """
    gc.collect()  # a model that was run is part of a cycle, and stays until it is looked for
    cells = request.board_cells(without=without)
    made = board.build(cells)
    publishing = partial(publish.write, made, cells, request.folder)
    return made, cells, wrote([request.folder / publish.PAGE], publishing)


def wrote(files: Sequence[Path], write: Callable[[], object]) -> str:
    """Write what is shown too, unless its folder may only be read.

    Args:
        files: to be named.
        write: writes them.

    Returns:
        A line that says where they are, or why they are not.

    Raises:
        RecordError: the disk is full or fails.
    """
    try:
        write()
    except ReadOnlyError as error:
        return f"not written: {error.where}: {error.what}"
    return "wrote " + ", ".join(map(str, files))
