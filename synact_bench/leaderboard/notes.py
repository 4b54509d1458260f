"""Notes: why a place in a table is empty."""

from __future__ import annotations

from synact_bench.leaderboard import text
from synact_bench.leaderboard.board import WANTED, Board, BoardRow
from synact_bench.leaderboard.tables import label
from synact_bench.metrics import METRICS


def empty_scores(board: Board) -> list[str]:
    """A Markdown line for every reason why a realism is missing, with the rows it holds for."""
    lacking: dict[str, list[str]] = {}
    for row in board.rows:
        for reason in _reasons(row):
            lacking.setdefault(reason, []).append(label(row))
    return [
        f"- {'every row' if len(rows) == len(board.rows) > 1 else ', '.join(rows)}: {reason}"
        for reason, rows in lacking.items()
    ]


def _reasons(row: BoardRow) -> list[str]:
    reasons = []
    for experiment, path in WANTED:
        scores = row.scores.get((experiment, path))
        place = f"{experiment}, {path} path"
        if scores is None:
            reasons.append(f"{place}: not measured")
            continue
        for name, each in scores.items():
            if each.reason is not None and METRICS[name].status != "paper":
                reasons.append(f"{place}, {name}: {text.escape(each.reason)}")
    return reasons
