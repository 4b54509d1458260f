"""Notes: why a place in a table is empty. What is not measured by design needs none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from synact_bench.core.experiments import EXPERIMENTS
from synact_bench.reports import formatting
from synact_bench.reports.board import WANTED, Board, BoardRow
from synact_bench.scoring import CellName

Why = Callable[[BoardRow, CellName], str]
"""Why a row's place in a cell is empty; the empty string where it is not."""


def empty_scores(board: Board) -> list[str]:
    """A line for every reason why a realism is missing, with the rows it holds for."""

    def unscored(row: BoardRow, cell: CellName) -> str:
        if cell in row.score.cells or cell in board.unscored:
            return ""
        return "fewer than two documents to compare" if cell in row.metrics else "not measured"

    said = [f"- {_place(cell)}: {formatting.escape(why)}" for cell, why in board.unscored.items()]
    return [*said, *_lines(board.rows, unscored)]


def missing_cells(board: Board) -> list[str]:
    """A line for every reason why a cell of a row was not run, or has no path; of no score.

    What is said where there are too few documents to score anything.
    """

    def unrun(row: BoardRow, cell: CellName) -> str:
        paths = {each.n for each in row.metrics.get(cell, {}).values()}
        if paths - {0}:
            return ""
        return "every pair was dropped" if paths else "not measured"

    return list(_lines(board.ran, unrun))


def _lines(rows: Sequence[BoardRow], why: Why) -> Iterable[str]:
    for cell in WANTED:
        own = [row for row in rows if not _drawn_elsewhere(row.name, cell)]
        found: dict[str, list[str]] = {}
        for row in own:
            if reason := why(row, cell):
                found.setdefault(reason, []).append(formatting.escape(row.name))
        for reason, names in found.items():
            whom = "every row" if len(names) == len(own) > 1 else ", ".join(names)
            yield f"- {whom}: {_place(cell)}: {reason}"


def _drawn_elsewhere(row: str, cell: CellName) -> bool:
    """Whether the design draws a row in other experiments alone."""
    drawn = [name for name, each in EXPERIMENTS.items() if row in each.draws]
    return bool(drawn) and cell.experiment not in drawn


def _place(cell: CellName) -> str:
    return f"{cell.experiment}, {cell.path} path"
