"""Verdicts: what a board says of one row, in a sentence or two."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

from synact_bench.metrics import METRICS, PathMetric
from synact_bench.metrics.base import Direction
from synact_bench.reports import formatting
from synact_bench.reports.applicability import Applicability
from synact_bench.reports.board import Board, BoardRow
from synact_bench.reports.confidence import TOO_FEW
from synact_bench.reports.flags import flag_words
from synact_bench.scoring import MetricScore

SHIFTED = 0.5
"""Share of a distance that the shift of the mean must make up: else it is the spread."""
CHANCE = 0.5
"""Share of pairs that a judge tells who cannot tell at all."""


def verdicts(board: Board, rows: Collection[str] | None = None) -> list[str]:
    """A line for each row that is no control: the named ones, or all, in the board's order."""
    return [
        f"{row.name}: {verdict(row, board)}"
        for row in board.rows
        if not row.control and (rows is None or row.name in rows)
    ]


def verdict(row: BoardRow, board: Board) -> str:
    """What the board says of a row: realism, rank, what is off, who can tell."""
    if not board.replicates:
        return TOO_FEW
    if row.realism.estimate is None:
        return f"no realism: {row.realism.reason}"
    parts = [_realism(row), *_off(row, board), *_judge(row)]
    said = "; ".join(each for each in parts if each)
    flags = flag_words(row)
    return said + (f". Flagged, so not ranked: {'; '.join(flags)}" if flags else "")


def _realism(row: BoardRow) -> str:
    said = f"realism {formatting.give_or_take(row.realism)}"
    test = row.score.test
    if test is not None and test.indistinguishable:
        said += ", cannot be told from real"
    return said


def ranked_among(row: BoardRow, board: Board) -> str:
    """``rank 5 of 9``; empty for a row without a rank."""
    ranking = board.tracks.get(row.card.track) if row.card.track else None
    if row.rank is None or ranking is None:
        return ""
    return f"rank {row.rank} of {len(ranking.overall.ranks)}"


def _off(row: BoardRow, board: Board) -> Iterable[str]:
    """The rank, then what is off: each noun once, with the cell in which it is off most."""
    rank = ranked_among(row, board)
    if board.no_event is not None:
        return [rank]
    said: dict[str, list[str]] = {}
    for metric, declared in METRICS.items():
        direction = declared.direction
        if declared.status != "headline" or direction is None:
            continue
        found = _farthest(row, metric, board.applicability)
        if found is None:
            continue
        words = said.setdefault(direction.noun, [])
        words += [_words(found, direction)] if _exceeds(found) else []
    shown = [
        f"{noun} {' and '.join(words) if words else 'about right'}" for noun, words in said.items()
    ]
    return [rank, ", ".join(shown)]


def _farthest(row: BoardRow, metric: str, applicable: Applicability) -> MetricScore | None:
    """The metric in the cell where its distance exceeds the floor most.

    None where nothing can be said by it: on the testbed, or of so few documents.
    """
    known = [
        each
        for cell, scores in row.metrics.items()
        if (each := scores.get(metric)) is not None and each.enough
        if applicable.holds(cell, metric)
    ]
    return max(known, key=_excess, default=None)


def _excess(score: MetricScore) -> float:
    assert score.distance is not None
    return score.distance.value / score.d_floor_upper if score.d_floor_upper else math.inf


def _exceeds(score: MetricScore) -> bool:
    return score.d_floor_upper is not None and not score.indistinguishable


def _words(score: MetricScore, direction: Direction) -> str:
    metric = METRICS[score.metric]
    assert score.distance is not None
    if not isinstance(metric, PathMetric) or score.mean is None or score.real_mean is None:
        unit = metric.unit
        return f"{direction.below} by {formatting.measure(score.distance.value)} {unit}"
    shift = score.mean - score.real_mean
    if metric.compared == "log2":
        shift = math.log2(score.mean / score.real_mean)
    if abs(shift) < SHIFTED * score.distance.value:
        return direction.otherwise
    word = direction.below if shift < 0 else direction.above
    return (
        f"{word} ({formatting.measure(score.mean)} against {formatting.measure(score.real_mean)})"
    )


def _judge(row: BoardRow) -> Iterable[str]:
    worst = row.worst
    if worst is None:
        return []
    cell, found = worst
    judge = found.judge
    pairs = f"{round(100 * judge.told)} of 100 pairs, {cell.path} path"
    if judge.told - 2 * judge.error <= CHANCE:
        return [f"a judge cannot tell it from real ({pairs})"]
    return [f"a judge tells it from real in {pairs}"]
