"""A run: what is missing of a request measured, its board built and published in its folder."""

from __future__ import annotations

import gc
from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass

from synact_bench.core.errors import FailedRowsError, SynactError
from synact_bench.reports import board as boards
from synact_bench.reports import publish
from synact_bench.reports.board import Board
from synact_bench.results.files import ReadOnlyError
from synact_bench.results.store import Cell
from synact_bench.run.measuring import Watch, measure
from synact_bench.run.request import Request


@dataclass(frozen=True)
class RunOutcome:
    """What a run gave.

    Attributes:
        board: of the rows that could be measured.
        cells: that it was built from.
        failed: why the others could not be, by name of the row.
        unwritten: why the board is not in the folder of the run, which may only be read.
    """

    board: Board
    cells: list[Cell]
    failed: Mapping[str, SynactError]
    unwritten: ReadOnlyError | None = None


def run(
    request: Request, watch: Watch, *, note: str = "", judged: Collection[str] = ()
) -> RunOutcome:
    """Measure and store what is missing of a request; build and publish the board.

    Args:
        request: what is wanted.
        watch: told what is measured.
        note: said before how many cells there are.
        judged: controls of which no order is demanded, as for a board.

    Raises:
        FailedRowsError: no row is left of those asked for.
        SynactError: as ``measure``, or the cells cannot stand on one board.
    """
    failed: Mapping[str, SynactError] = {}
    try:
        # Beside published cells nothing is measured but what is new.
        alone = request.shipped is None
        measure(request.plans, request, watch, note=note, reported=alone)
    except FailedRowsError as error:
        if request.made <= error.failed.keys():
            raise
        # Copies, without the tracebacks, which would keep the model that was run.
        failed = {name: copy(why) for name, why in error.failed.items()}
    watch.say("scoring")
    gc.collect()  # a model that was run is part of a cycle, and stays until it is looked for
    cells = request.board_cells(without=failed)
    board = boards.build(cells, judged=judged)
    unwritten = None
    try:
        publish.write(board, cells, request.folder)
    except ReadOnlyError as error:
        unwritten = error
    return RunOutcome(board, cells, failed, unwritten)
