from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as drawn_from
from hypothesis import settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

from synact_bench.metrics import METRICS, PathMetric, PathValues
from synact_bench.reports.board import Board
from synact_bench.reports.comparable import Cells, arrange
from synact_bench.reports.drawn_rows import on_board
from synact_bench.reports.ridges import (
    DISTRIBUTIONS,
    distribution_figure,
    distribution_of,
    edges_of,
    reached,
)
from synact_bench.reports.scored_cells import PLATEAU, RELATIVE
from tests.helpers import boards, cells
from tests.helpers.boards import built

Given = tuple[Board, Cells]
FEW = cells.FEW


@pytest.fixture(scope="module")
def given() -> Given:
    return boards.whole(), arrange(cells.whole_board())


def drawn(board: Board, arranged: Cells) -> Figure:
    points = board.setting.points
    return distribution_figure(on_board(board), arranged, DISTRIBUTIONS, points=points)


def test_ridges_stand_in_the_boards_order(given: Given) -> None:
    board, arranged = given
    figure = drawn(board, arranged)
    left, right = figure.axes
    labels = [tick.get_text() for tick in left.get_yticklabels()]
    assert labels[0] == "synthetic-structured-other"
    assert labels[-1] == "real-native (control)"
    assert list(left.get_yticks()) == [7, 6, 5, 4, 3, 2, 1]
    assert len(left.patches) == 2 * 2 * (len(board.rows) - 1)
    assert len(right.patches) == 2 * 2 * (len(board.rows) - 2)


def test_an_axis_ends_with_the_last_bin_that_holds_anything(given: Given) -> None:
    board, arranged = given
    for axes, panel in zip(drawn(board, arranged).axes, DISTRIBUTIONS, strict=True):
        rows = [
            arranged[panel.cell][name]
            for name in (row.name for row in board.rows)
            if name in arranged[panel.cell]
        ]
        most = max(float(each.sample.values[panel.metric].defined.max()) for each in rows)
        width = panel.limit / 25
        left, right = axes.get_xlim()
        assert left == 0
        assert most <= right <= panel.limit
        assert right - most <= width + 1e-9


@settings(deadline=None)
@drawn_from(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_no_value_is_beyond_the_bins_that_are_kept(values: list[float]) -> None:
    found = PathValues(np.array(values), np.zeros(len(values), dtype=bool))
    edges = edges_of(51, 1.0)
    kept = reached(edges, [found])
    assert kept.tolist() == edges[: len(kept)].tolist()
    assert np.histogram(values, kept)[0].sum() == len(values)
    assert len(kept) > 1


def test_of_no_value_all_bins_are_kept() -> None:
    edges = edges_of(51, 1.0)
    none = PathValues(np.array([np.nan]), np.array([True]))
    assert reached(edges, [none]) is edges


def test_any_metric_of_single_paths_has_an_axis_that_holds_all_its_values(given: Given) -> None:
    _, arranged = given
    for cell in (PLATEAU, RELATIVE):
        own = arranged[cell]["gaussian"].sample.values
        names = [name for name in own if isinstance(METRICS[name], PathMetric)]
        assert names
        for name in names:
            panel = distribution_of(arranged, cell, name)
            most = max(each.sample.values[name].defined.max() for each in arranged[cell].values())
            assert panel.limit >= most
            assert name.replace("_", " ") in panel.label.replace("-", " ")


def test_a_row_without_values_leaves_its_place_empty() -> None:
    given = cells.whole_board(FEW)
    given += [cells.cell("alpha"), cells.cell("mean", dropped=cells.BASES)]
    board, arranged = built(given), arrange(given)
    left, right = drawn(board, arranged).axes
    assert len(left.get_yticks()) == len(board.rows) == 3
    assert len(left.patches) == 4
    assert len(right.patches) == 4 + 4 + 2


@pytest.mark.parametrize(("points", "bins"), [(17, 16), (33, 32), (51, 25), (101, 25), (54, 32)])
def test_bins_hold_equally_many_intervals_of_the_grid(points: int, bins: int) -> None:
    edges = edges_of(points, 100.0)
    assert_allclose(edges, np.linspace(0, 100, bins + 1))
