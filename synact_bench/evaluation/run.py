"""A run: what is missing of a request measured, its board built and published in its folder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from synact_bench.core.errors import SynactError
from synact_bench.evaluation.measured import failures, refusal
from synact_bench.generators import module_of
from synact_bench.reports import board as boards
from synact_bench.reports.board import Board
from synact_bench.results.files import ReadOnlyError
from synact_bench.results.store import Cell
from synact_bench.run.measuring import Watch
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
    request: Request,
    watch: Watch,
    *,
    note: str = "",
    judged: Collection[str] = (),
    show: Callable[[Board, Collection[str]], object] = lambda *_: None,
) -> RunOutcome:
    """Measure and store what is missing of a request; build and publish the board.

    Args:
        request: what is wanted.
        watch: told what is measured.
        note: said before how many cells there are.
        judged: controls of which no order is demanded, as for a board.
        show: given the board, and the rows that failed, before figures and pages are made of it.

    Raises:
        NothingMeasuredError: no row is left of those asked for.
        SynactError: as ``measure``, or the cells cannot stand on one board.
    """
    # Beside published cells nothing is measured but what is new.
    failed = failures(request, watch, note=note, reported=request.shipped is None)
    cells = request.board_cells(without=failed)
    board = boards.build(cells, judged=judged)
    show(board, failed.keys())
    unwritten = refusal(partial(_write, board, cells, request.folder))
    return RunOutcome(board, cells, failed, unwritten)


def _write(board: Board, cells: list[Cell], folder: Path) -> None:
    from synact_bench.reports import publish  # noqa: PLC0415  (matplotlib takes a second to load)

    publish.write(board, cells, folder)
    write_pages(board, cells, folder)


def write_pages(board: Board, cells: Sequence[Cell], folder: Path) -> None:
    """Write the pages of a run alone, which take a twentieth of the time of its figures.

    Raises:
        ReadOnlyError: the folder may only be read.
        RecordError: the disk is full or fails.
    """
    from synact_bench.site import single  # noqa: PLC0415  (matplotlib takes a second to load)

    single.write(board, cells, folder, module_of=module_of)
