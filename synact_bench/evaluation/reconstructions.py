"""A run of the reconstruction track: what is missing measured, its board built and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from synact_bench.core.errors import SynactError
from synact_bench.evaluation.measured import failures, refusal
from synact_bench.reports import reconstructions
from synact_bench.reports.reconstructions import ReconstructionBoard
from synact_bench.reports.reconstructions_page import contents
from synact_bench.results.files import ReadOnlyError, write_together
from synact_bench.results.store import Cell
from synact_bench.run.measuring import Watch
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
    """Measure and store what is missing of a request; build the board, write it and its page.

    Args:
        request: of the reconstruction track.
        watch: told what is measured.

    Raises:
        NothingMeasuredError: no row is left of those asked for.
        SynactError: as ``measure``, or the cells cannot stand on one board.
    """
    failed = failures(request, watch, reported=True)
    cells = request.board_cells(without=failed)
    board = reconstructions.build(cells)
    unwritten = refusal(partial(_write, board, cells, request.folder))
    return ReconstructionOutcome(board, failed, unwritten)


def _write(board: ReconstructionBoard, cells: list[Cell], folder: Path) -> None:
    from synact_bench.site import single  # noqa: PLC0415  (matplotlib takes a second)

    write_together({folder / name: content for name, content in contents(board).items()})
    single.write_reconstructions(board, cells, folder)
