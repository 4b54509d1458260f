"""A run of the reconstruction track: what is missing measured, its board built and written."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass

from synact_bench.core.errors import FailedRowsError, SynactError
from synact_bench.reports import reconstructions
from synact_bench.reports.reconstructions import ReconstructionBoard
from synact_bench.reports.reconstructions_page import PAGE, SCORES, page
from synact_bench.results.files import ReadOnlyError, write_together
from synact_bench.run.measuring import Watch, measure
from synact_bench.run.request import Request


@dataclass(frozen=True)
class ReconstructionOutcome:
    """What a run gave.

    Attributes:
        board: of the rows that could be measured.
        failed: why the others could not be, by name of the row.
        unwritten: why the board is not in the folder of the run, which may only be read.
    """

    board: ReconstructionBoard
    failed: Mapping[str, SynactError]
    unwritten: ReadOnlyError | None = None


def run(request: Request, watch: Watch) -> ReconstructionOutcome:
    """Measure and store what is missing of a request; build the board and write it beside.

    Args:
        request: of the reconstruction track.
        watch: told what is measured.

    Raises:
        FailedRowsError: no row is left of those asked for.
        SynactError: as ``measure``, or the cells cannot stand on one board.
    """
    failed: Mapping[str, SynactError] = {}
    try:
        measure(request.plans, request, watch, reported=True)
    except FailedRowsError as error:
        if request.made <= error.failed.keys():
            raise
        # Copies, without the tracebacks, which would keep the model that was run.
        failed = {name: copy(why) for name, why in error.failed.items()}
    watch.say("scoring")
    gc.collect()  # a model that was run is part of a cycle, and stays until it is looked for
    board = reconstructions.build(request.board_cells(without=failed))
    files = {PAGE: page(board), SCORES: board.to_json()}
    unwritten = None
    try:
        write_together({request.folder / name: text.encode() for name, text in files.items()})
    except ReadOnlyError as error:
        unwritten = error
    return ReconstructionOutcome(board, failed, unwritten)
