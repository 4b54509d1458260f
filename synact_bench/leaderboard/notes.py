"""Notes: why a place in a table is empty."""

from __future__ import annotations

from synact_bench.experiments import EXPERIMENTS
from synact_bench.leaderboard import text
from synact_bench.leaderboard.board import WANTED, Board, BoardRow
from synact_bench.scoring import CellName


def empty_scores(board: Board) -> list[str]:
    """A line for every reason why a realism is missing, with the rows it holds for."""
    lacking: dict[str, list[str]] = {}
    for cell, why in board.unscored.items():
        lacking[f"{cell.experiment}, {cell.path} path: {text.escape(why)}"] = []
    for row in board.rows:
        for reason in _reasons(row, board):
            lacking.setdefault(reason, []).append(text.escape(row.name))
    return [f"- {_whom(names, board)}{reason}" for reason, names in lacking.items()]


def missing_cells(board: Board) -> list[str]:
    """A line for every reason why a cell of a row was not run, or has no path; of no score.

    What is said where there are too few documents to score anything.
    """
    lacking: dict[str, list[str]] = {}
    for row in board.ran:
        for cell in WANTED:
            if _drawn_elsewhere(row.name, cell):
                continue
            paths = {each.n for each in row.metrics.get(cell, {}).values()}
            if paths <= {0}:
                why = "every pair was dropped" if paths else "not measured"
                reason = f"{cell.experiment}, {cell.path} path: {why}"
                lacking.setdefault(reason, []).append(text.escape(row.name))
    return [f"- {_whom(names, board)}{reason}" for reason, names in lacking.items()]


def _drawn_elsewhere(row: str, cell: CellName) -> bool:
    """Whether the trial draws a row in other experiments alone."""
    drawn = [name for name, each in EXPERIMENTS.items() if row in each.draws]
    return bool(drawn) and cell.experiment not in drawn


def _whom(names: list[str], board: Board) -> str:
    if not names:
        return ""
    return f"{'every row' if len(names) == len(board.rows) > 1 else ', '.join(names)}: "


def _reasons(row: BoardRow, board: Board) -> list[str]:
    reasons = []
    for cell in WANTED:
        place = f"{cell.experiment}, {cell.path} path"
        if cell in row.score.cells or cell in board.unscored:
            continue
        measured = cell in row.metrics
        why = "fewer than two documents to compare" if measured else "not measured"
        reasons.append(f"{place}: {why}")
    return reasons
