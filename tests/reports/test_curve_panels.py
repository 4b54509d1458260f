from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synact_bench.core.errors import UnknownNameError
from synact_bench.drawing.palette import CONDITIONED, CONTROL, REAL, UNCONDITIONAL
from synact_bench.drawing.sheet import PRINT
from synact_bench.reports.board import Board
from synact_bench.reports.comparable import Cells, arrange
from synact_bench.reports.curve_panels import Quantity, curve_figure, quantity_named
from synact_bench.reports.drawn_rows import on_board
from synact_bench.scoring import CellName
from tests.helpers import boards, cells
from tests.helpers.boards import built

Given = tuple[Board, Cells]
FEW = cells.FEW


@pytest.fixture(scope="module")
def given() -> Given:
    return boards.whole(), arrange(cells.whole_board())


@pytest.mark.parametrize("quantity", ["l2", "kl"])
def test_a_panel_shows_the_mean_of_its_generator_over_real(
    given: Given, quantity: Quantity
) -> None:
    board, arranged = given
    cell = CellName("plateau", "scaled")
    figure = curve_figure(on_board(board), arranged, cell, quantity)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title() for axes in shown] == [
        "synthetic-structured-other",
        "synthetic-structured",
        "real-holdout (control)",
        "sae-reconstruction (control)",
        "gaussian (control)",
        "isotropic (control)",
        "real-native (control)",
    ]
    measured = [row for row in board.rows if row.name in arranged[cell]]
    for axes, row in zip(shown, measured, strict=True):
        for line, name in zip(axes.lines, ("real", row.name), strict=True):
            curves = arranged[cell][name].table.curves
            assert_allclose(
                np.asarray(line.get_ydata()), getattr(curves, quantity).mean(0), rtol=1e-5
            )
            assert_allclose(np.asarray(line.get_xdata()), 100 * curves.fractions)
    colours = [axes.lines[1].get_color() for axes in shown]
    assert colours == [UNCONDITIONAL, CONDITIONED, *[CONTROL] * 5]
    assert len({UNCONDITIONAL, CONDITIONED, CONTROL, REAL}) == 4
    assert shown[0].lines[0].get_color() == REAL


def test_curves_that_are_known_at_a_few_points_alone_are_left_out_of_the_band() -> None:
    given = cells.whole_board(FEW)
    arranged = arrange(given)
    cell = CellName("plateau", "scaled")
    board = built(given)
    whole = arranged[cell]["gaussian"].table.curves
    expected = whole.l2[4:].mean(0)
    whole.l2[:4, 1] = np.nan
    line = curve_figure(on_board(board), arranged, cell, "l2").axes[0].lines[1]
    assert_allclose(np.asarray(line.get_ydata()), expected, rtol=1e-5)


def test_no_panel_is_cut_off_by_the_limits_of_the_first() -> None:
    given = cells.whole_board(FEW)
    tall = cells.cell("zeta")
    tall.table.curves.l2[:] *= 10
    given.append(tall)
    cell = CellName("sensitivity", "relative")
    figure = curve_figure(on_board(built(given)), arrange(given), cell, "l2")
    low, high = figure.axes[0].get_ylim()
    assert low == 0
    assert high > tall.table.curves.l2.mean(axis=0).max()


def test_the_legend_names_each_colour_once(given: Given) -> None:
    board, arranged = given
    figure = curve_figure(on_board(board), arranged, CellName("plateau", "scaled"), "l2")
    (legend,) = figure.legends
    names = [each.get_text() for each in legend.get_texts()]
    assert names == ["real", "unconditional", "conditioned", "control"]
    assert len({patch.get_facecolor() for patch in legend.get_patches()}) == len(names)


def test_named_rows_stand_in_the_order_in_which_they_are_named(given: Given) -> None:
    board, arranged = given
    rows = on_board(board, ["gaussian", "synthetic-structured"])
    cell = CellName("plateau", "scaled")
    figure = curve_figure(rows, arranged, cell, "l2", sheet=PRINT["column"])
    titles = [axes.get_title() for axes in figure.axes if axes.get_visible()]
    assert titles == ["gaussian (control)", "synthetic-structured"]
    assert figure.get_figwidth() == 3.25


def test_a_row_or_curve_that_is_not_there_is_refused(given: Given) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'gaussian'"):
        on_board(given[0], ["gausian"])
    with pytest.raises(UnknownNameError, match="there is no metric 'l3'"):
        quantity_named("l3")
