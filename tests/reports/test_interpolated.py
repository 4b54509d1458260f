"""No score depends on a point that was interpolated, whatever stands there."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from synact_bench.core.experiments import HOLDOUT
from synact_bench.reports.board import Board, BoardRow
from synact_bench.reports.comparable import arrange
from synact_bench.reports.scored_cells import WANTED, ScoredCells
from synact_bench.results.store import Cell
from tests.helpers import boards, cells

ROWS = (*cells.FEW, HOLDOUT, "mine", "near", "synthetic-structured", "isotropic")
REFINED = 21
"""Of the bases: enough documents for named metrics to have intervals and ranks."""


def given(shaken: int | None) -> list[Cell]:
    made = cells.whole_board(ROWS, refined=REFINED)
    return [cells.partly_run(each, shaken=shaken) for each in made]


@pytest.fixture(scope="module")
def both() -> tuple[Board, Board]:
    """As interpolated, and with arbitrary numbers at every interpolated point."""
    return boards.built(given(None)), boards.built(given(7))


def bits(value: Any) -> Any:
    """Every number of a result, replicates among them, as its bytes."""
    if dataclasses.is_dataclass(value):
        return {each.name: bits(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): bits(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [bits(each) for each in value]
    return value.tobytes() if isinstance(value, np.ndarray) else repr(value)


def scored(row: BoardRow) -> Any:
    return bits((row.name, row.score, row.rank, row.part_ranks, row.worst, row.inspections))


def test_rows_keep_realism_parts_ranks_judge_and_failures_to_the_bit(
    both: tuple[Board, Board],
) -> None:
    first, second = both
    assert all(row.realism.estimate is not None for row in first.rows)
    assert sum(row.rank is not None for row in first.rows) >= 2
    assert all(row.worst is not None for row in first.rows)
    assert [scored(row) for row in first.rows] == [scored(row) for row in second.rows]


def test_rankings_scales_orders_and_places_stay_to_the_bit(both: tuple[Board, Board]) -> None:
    def held(board: Board) -> Any:
        tracks = {
            name: (each.overall, each.adjacent, each.parts, each.influence)
            for name, each in board.tracks.items()
        }
        orders = [each for each in board.orders if each.by == "overall"]
        return bits((tracks, board.scales, board.unscored, orders, board.places))

    first, second = both
    assert first.tracks
    assert first.orders
    assert held(first) == held(second)


def test_named_metrics_do_depend_on_them(both: tuple[Board, Board]) -> None:
    """Else the others would be equal for want of a change."""
    for one, other in zip(*(board.rows for board in both), strict=True):
        if one.metrics:
            assert bits(one.metrics) != bits(other.metrics)


def test_every_point_that_is_scored_was_run() -> None:
    found = ScoredCells.of(arrange(given(None)))
    assert {*found.samples} == {*WANTED}
    for rows in found.samples.values():
        for sample in rows.values():
            assert sample.curves.run.all()
            assert not np.isnan(sample.curves.l2 + sample.curves.kl).any()
