"""Notes: why a place in a table is empty."""

from __future__ import annotations

from synact_bench.leaderboard import text
from synact_bench.leaderboard.board import WANTED, Board, BoardRow
from synact_bench.leaderboard.tables import label
from synact_bench.metrics import METRICS


def empty_scores(board: Board) -> list[str]:
    """A Markdown line for every reason why a realism is missing, with the rows it holds for.

    A metric that is not applicable is so for every row, and named once.
    """
    lacking: dict[str, list[str]] = {}
    for row in board.rows:
        for reason, applicable in _reasons(row):
            names = lacking.setdefault(reason, [])
            names += [label(row)] if applicable else []
    return [f"- {_whom(names, board)}{reason}" for reason, names in lacking.items()]


def _whom(names: list[str], board: Board) -> str:
    if not names:
        return ""
    return f"{'every row' if len(names) == len(board.rows) > 1 else ', '.join(names)}: "


def _reasons(row: BoardRow) -> list[tuple[str, bool]]:
    """Each with whether it is a fault of the row's cells alone."""
    reasons = []
    for cell in WANTED:
        scores = row.scores.get(cell)
        place = f"{cell.experiment}, {cell.path} path"
        if scores is None:
            reasons.append((f"{place}: not measured", True))
            continue
        for name, each in scores.items():
            reason = each.realism.reason
            if reason is not None and METRICS[name].status == "headline":
                shown = f"{place}, {name}: {text.escape(reason)}"
                reasons.append((shown, each.realism.applicable))
    return reasons
