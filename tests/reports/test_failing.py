from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synact_bench.core.experiments import REAL
from synact_bench.reports.board import Board
from synact_bench.reports.comparable import Cells, arrange
from synact_bench.reports.failing import BASES, LEADING, failing, leading
from tests.helpers import boards, cells
from tests.helpers.boards import built

NAMES = (*cells.FEW, "mine", "other", "third", "synthetic-structured")


@pytest.fixture(scope="module")
def given() -> tuple[Board, Cells]:
    made = cells.whole_board(NAMES)
    return built(made), arrange(made)


def test_the_first_rows_of_each_track_lead(given: tuple[Board, Cells]) -> None:
    board, _ = given
    rows = leading(board)
    own = [row.name for row in board.rows if row.card.track == "unconditional" and not row.control]
    assert [row.name for row in rows] == [*own[:LEADING], "synthetic-structured"]


def test_a_panel_shows_a_telling_base_before_real(given: tuple[Board, Cells]) -> None:
    board, arranged = given
    figure = failing(board, arranged)
    assert figure is not None
    assert len(figure.axes) == BASES * len(leading(board))
    row = leading(board)[0]
    assert row.worst is not None
    cell, found = row.worst
    for axes, base in zip(figure.axes, found.bases, strict=False):
        if not axes.get_title().startswith("base") or axes is figure.axes[BASES]:
            break
        assert axes.get_title() == f"base {base}"
        for line, name in zip(axes.lines, (*REAL, row.name), strict=True):
            table = arranged[cell][name].table
            assert_allclose(np.asarray(line.get_ydata()), table.curves.l2[table.base == base][0])


def test_a_curve_is_drawn_where_it_was_run() -> None:
    made = cells.whole_board([*cells.FEW, "mine"])
    for cell in made:
        cell.table.curves.l2[:, 1::2] = np.nan
        cell.table.curves.l2[:, [9]] = 1.0  # .18, the one scored fraction at an odd place
    figure = failing(boards.built(cells.whole_board([*cells.FEW, "mine"])), arrange(made))
    assert figure is not None
    assert {len(np.asarray(line.get_xdata())) for axes in figure.axes for line in axes.lines} == {
        27
    }


def test_without_a_judge_nothing_is_drawn() -> None:
    made = cells.whole_board([*cells.FEW, "mine"], documents=8)
    assert failing(built(made), arrange(made)) is None
    assert failing(boards.few(), arrange(cells.whole_board(cells.FEW))) is None


def test_points_that_were_run_are_marked_where_others_are_interpolated() -> None:
    made = cells.whole_board([*cells.FEW, "mine"])
    board = boards.built(made)
    for given, marked in ((made, False), ([cells.partly_run(each) for each in made], True)):
        arranged = arrange(given)
        figure = failing(board, arranged)
        assert figure is not None
        (row,) = leading(board)
        assert row.worst is not None
        cell, found = row.worst
        table = arranged[cell]["mine"].table
        for axes, base in zip(figure.axes, found.bases, strict=False):
            line = axes.lines[-1]
            run = table.curves.run[table.base == base][0]
            assert (line.get_marker() == ".") is marked
            assert len(np.asarray(line.get_xdata())) == cells.POINTS
            assert line.get_markevery() == np.flatnonzero(run).tolist()
