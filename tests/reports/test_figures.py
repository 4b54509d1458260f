from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synact_bench.reports import figures
from synact_bench.reports.board import Board
from synact_bench.reports.comparable import Cells, arrange
from synact_bench.reports.palette import CONDITIONED, REAL, UNCONDITIONAL
from synact_bench.scoring import CellName
from tests.helpers import boards, cells
from tests.helpers.boards import built

Given = tuple[Board, Cells]
FEW = cells.FEW


@pytest.fixture(scope="module")
def given() -> Given:
    return boards.whole(), arrange(cells.whole_board())


def test_every_figure_has_a_name_a_caption_and_a_picture() -> None:
    drawings = figures.draw(boards.few(), arrange(cells.whole_board(FEW)))
    assert [each.name for each in drawings] == [
        "plateau-and-step.png",
        "overall.png",
        "curves-sensitivity-l2.png",
        "curves-sensitivity-kl.png",
        "curves-plateau-l2.png",
        "curves-plateau-kl.png",
        "distributions.png",
    ]
    assert all(each.caption.endswith(".") for each in drawings)
    assert len({each.content for each in drawings}) == 7
    assert all(each.content.startswith(b"\x89PNG") for each in drawings)


def test_of_too_few_documents_the_curves_alone_are_drawn() -> None:
    few = cells.whole_board(FEW, documents=8)
    names = [each.name for each in figures.draw(built(few), arrange(few))]
    assert names == [
        *(
            f"curves-{cell}-{each}.png"
            for cell in ("sensitivity", "plateau")
            for each in ("l2", "kl")
        )
    ]


def test_where_the_leading_rows_fail_has_a_figure() -> None:
    given = cells.whole_board([*FEW, "mine"])
    names = [each.name for each in figures.draw(built(given), arrange(given))]
    assert names[-1] == figures.FAILING


def test_curves_that_are_known_at_a_few_points_alone_are_left_out_of_the_band() -> None:
    given = cells.whole_board(FEW)
    arranged = arrange(given)
    cell = CellName("plateau", "scaled")
    board = built(given)
    whole = arranged[cell]["gaussian"].table.curves
    expected = whole.l2[4:].mean(0)
    whole.l2[:4, 1] = np.nan
    line = figures.curve_figure(board, arranged, cell, "l2").axes[0].lines[1]
    assert_allclose(np.asarray(line.get_ydata()), expected, rtol=1e-5)


def test_only_measured_experiments_are_drawn() -> None:
    part = cells.whole_board(FEW, experiments=["sensitivity"])
    names = [each.name for each in figures.draw(built(part), arrange(part))]
    assert names == ["curves-sensitivity-l2.png", "curves-sensitivity-kl.png", "distributions.png"]


def test_other_paths_have_no_figure() -> None:
    part = [cells.cell(name, path="matched") for name in FEW]
    assert figures.draw(built(part), arrange(part)) == []


@pytest.mark.parametrize("quantity", ["l2", "kl"])
def test_a_panel_shows_the_mean_of_its_generator_over_real(
    given: Given, quantity: figures.Quantity
) -> None:
    board, arranged = given
    cell = CellName("plateau", "scaled")
    figure = figures.curve_figure(board, arranged, cell, quantity)
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
    assert [axes.lines[1].get_color() for axes in shown[:2]] == [UNCONDITIONAL, CONDITIONED]
    assert shown[0].lines[0].get_color() == REAL


def test_no_panel_is_cut_off_by_the_limits_of_the_first() -> None:
    given = cells.whole_board(FEW)
    tall = cells.cell("zeta")
    tall.table.curves.l2[:] *= 10
    given.append(tall)
    figure = figures.curve_figure(
        built(given), arrange(given), CellName("sensitivity", "relative"), "l2"
    )
    low, high = figure.axes[0].get_ylim()
    assert low == 0
    assert high > tall.table.curves.l2.mean(axis=0).max()


def test_ridges_stand_in_the_boards_order(given: Given) -> None:
    board, arranged = given
    figure = figures.distribution_figure(board, arranged, figures.DISTRIBUTIONS)
    left, right = figure.axes
    labels = [tick.get_text() for tick in left.get_yticklabels()]
    assert labels[0] == "synthetic-structured-other"
    assert labels[-1] == "real-native (control)"
    assert list(left.get_yticks()) == [7, 6, 5, 4, 3, 2, 1]
    assert (left.get_xlim(), right.get_xlim()) == ((0, 1), (0, 100))
    assert len(left.patches) == 2 * 2 * (len(board.rows) - 1)
    assert len(right.patches) == 2 * 2 * (len(board.rows) - 2)


def test_a_row_without_values_leaves_its_place_empty() -> None:
    given = cells.whole_board(FEW)
    given += [cells.cell("alpha"), cells.cell("mean", dropped=cells.BASES)]
    board, arranged = built(given), arrange(given)
    left, right = figures.distribution_figure(board, arranged, figures.DISTRIBUTIONS).axes
    assert len(left.get_yticks()) == len(board.rows) == 3
    assert len(left.patches) == 4
    assert len(right.patches) == 4 + 4 + 2


def test_real_without_values_is_left_out() -> None:
    given = cells.whole_board(FEW[1:], experiments=["sensitivity"])
    for path in ("relative", "matched"):
        given.append(cells.cell("real", "sensitivity", path, dropped=cells.BASES))
    assert len(figures.draw(built(given), arrange(given))) == 3


@pytest.mark.parametrize(("points", "bins"), [(17, 16), (33, 32), (51, 25), (101, 25), (54, 32)])
def test_bins_hold_equally_many_intervals_of_the_grid(points: int, bins: int) -> None:
    edges = figures.edges_of(points, 100.0)
    assert_allclose(edges, np.linspace(0, 100, bins + 1))


def test_captions_say_how_much_was_interpolated() -> None:
    given = cells.whole_board(FEW)
    said = [each.caption for each in figures.draw(built(given), arrange(given))]
    assert not [caption for caption in said if "interpolated" in caption]
    part = arrange([cells.partly_run(each, share=0.0) for each in given])
    said = [each.caption for each in figures.draw(built(given), part)]
    share = f"{100 * (1 - 9 / cells.POINTS):.0f} %"  # except for the start and the scored points
    ending = f"each generator before real (grey); {share} of the points are interpolated."
    assert [caption.endswith(ending) for caption in said[2:6]] == [True] * 4
