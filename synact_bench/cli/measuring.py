"""Measuring what is missing, with progress: what several verbs do first."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from functools import partial
from pathlib import Path
from typing import NamedTuple

import typer

from synact_bench.cli.progress import Bar
from synact_bench.core.errors import FailedRowsError, PluginError, SynactError
from synact_bench.reports import board, publish
from synact_bench.reports.board import Board
from synact_bench.results.files import ReadOnlyError
from synact_bench.results.store import OLDER, Cell
from synact_bench.run import plan
from synact_bench.run.plan import CellPlan
from synact_bench.run.request import Request


class Measured(NamedTuple):
    """A board that was measured and published.

    Attributes:
        board: of the rows that could be measured.
        cells: that it was built from.
        said: what to say of its page.
        failed: why the others could not be, by name of the row.
    """

    board: Board
    cells: list[Cell]
    said: str
    failed: Mapping[str, SynactError]


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
        from synact_bench.run import runner  # noqa: PLC0415  (loads the model libraries)

        try:
            with Bar(missing) as bar:
                runner.measure(missing, request, bar)
        except FailedRowsError as error:
            failed |= error.failed
        except PluginError as error:  # the only row that was left to measure
            if not failed:
                raise
            failed |= dict.fromkeys(request.made, error)
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


def measured_board(request: Request, *, note: str = "") -> Measured:
    """Measure and store what is missing of a request, and publish its board in its folder.

    Args:
        request: what is wanted.
        note: said before how many cells there are.

    Returns:
        The board of the rows that did not fail.

    Raises:
        FailedRowsError: none is left of those asked for.
        SynactError: as ``measure``, or the cells cannot stand on one board.
    """
    failed: Mapping[str, SynactError] = {}
    try:
        measure(request.plans, request, note=note)
    except FailedRowsError as error:
        if request.made <= error.failed.keys():
            raise
        # Copies, without the tracebacks, which would keep the model that was run.
        failed = {name: copy(why) for name, why in error.failed.items()}
    gc.collect()  # a model that was run is part of a cycle, and stays until it is looked for
    cells = request.board_cells(without=failed)
    made = board.build(cells)
    publishing = partial(publish.write, made, cells, request.folder)
    return Measured(made, cells, wrote([request.folder / publish.PAGE], publishing), failed)


def raise_failed(failed: Mapping[str, Mapping[str, SynactError]]) -> None:
    """Say which rows failed on which of several boards.

    Args:
        failed: why, by what the board is of, then by name of the row.

    Raises:
        FailedRowsError: one did.
    """
    told = {f"{row} on {name}": why for name, rows in failed.items() for row, why in rows.items()}
    if told:
        raise FailedRowsError(told)


def wrote(files: Sequence[Path], write: Callable[[], object], *, required: bool = False) -> str:
    """Write what is shown too, unless its folder may only be read.

    Args:
        files: to be named.
        write: writes them.
        required: whether that place was asked for, so that it is an error if it may not be written.

    Returns:
        A line that says where they are, or why they are not.

    Raises:
        ReadOnlyError: a folder that was asked for may not be written.
        RecordError: the disk is full or fails.
    """
    try:
        write()
    except ReadOnlyError as error:
        if required:
            raise
        return f"not written: {error.where}: {error.what}"
    return "wrote " + ", ".join(map(str, files))
