"""The published board of the paper's layer is what the records in the repository give."""

from __future__ import annotations

import pytest

from synact_bench.reports import board, publish
from synact_bench.results.files import differing
from synact_bench.results.store import Cell
from tests.helpers.published import PAPER, board_cells


@pytest.fixture(scope="module")
def published() -> list[Cell]:
    return board_cells("smollm2-135m")


@pytest.fixture(scope="module")
def made(published: list[Cell]) -> board.Board:
    return board.build(published)


@pytest.fixture(scope="module")
def contents(made: board.Board, published: list[Cell]) -> dict[str, bytes]:
    return publish.contents(made, published)


@pytest.mark.parametrize("name", ["LEADERBOARD.md", "scores.json"])
def test_the_board_follows_from_the_records(contents: dict[str, bytes], name: str) -> None:
    assert differing({name: contents[name]}, PAPER) == []


def test_every_order_of_the_controls_is_kept(made: board.Board) -> None:
    assert made.orders
    assert {order.verdict for order in made.orders} == {"kept"}
    assert {place.verdict for place in made.places} == {"kept"}


def test_real_curves_on_wrong_prompts_are_far_from_real(made: board.Board) -> None:
    row = next(row for row in made.rows if row.name == "wrong-prompt")
    assert row.realism.estimate is not None
    low, high = row.realism.estimate.interval or (0.0, 1.0)
    assert 0 < low < high < 0.7


def test_neighbours_that_differ_by_a_tenth_are_told_apart(made: board.Board) -> None:
    for ranking in made.tracks.values():
        assert ranking.adjacent is not None
        assert ranking.adjacent < 0.13
