from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

from synact_bench.drawing.palette import CONTROL, REAL
from synact_bench.evaluation.picture import picture
from synact_bench.reports.comparable import arrange
from synact_bench.reports.figures import SHOWN
from tests.helpers import boards, cells

ROW = boards.row_of(boards.few(), "gaussian")
CELLS = arrange(cells.whole_board(cells.FEW))


def test_each_panel_shows_the_mean_of_the_row_before_that_of_real() -> None:
    drawn = picture(ROW, CELLS)
    shown = [("sensitivity", "relative"), ("plateau", "scaled")]
    assert len(drawn.axes) == 2 * len(shown)
    for axes, (cell, quantity) in zip(
        drawn.axes, [(c, q) for c in shown for q in ("l2", "kl")], strict=True
    ):
        lines = {line.get_color(): line.get_ydata() for line in axes.get_lines()}
        assert list(lines) == [REAL, CONTROL]
        for name, colour in (("real", REAL), ("gaussian", CONTROL)):
            curves = CELLS[cell][name].table.curves  # type: ignore[index]
            expected = getattr(curves, quantity).mean(axis=0, dtype=np.float64)
            assert np.asarray(lines[colour]) == pytest.approx(expected)


def test_only_whole_curves_are_drawn() -> None:
    some = arrange(cells.whole_board(cells.FEW, refined=10))
    drawn = picture(ROW, some)
    curves = CELLS["sensitivity", "relative"]["gaussian"].table.curves  # type: ignore[index]
    lines = {line.get_color(): line.get_ydata() for line in drawn.axes[0].get_lines()}
    expected = curves.l2[:10].mean(axis=0, dtype=np.float64)
    assert np.asarray(lines[CONTROL]) == pytest.approx(expected)


def test_a_notebook_shows_it_as_png_whatever_the_user_s_style_is() -> None:
    drawn = picture(ROW, CELLS)
    first = drawn._repr_png_()
    assert first.startswith(b"\x89PNG")
    with mpl.rc_context({"savefig.dpi": 30, "font.size": 30}):
        assert drawn._repr_png_() == first


def test_a_row_without_the_cells_that_are_drawn_gives_an_empty_figure() -> None:
    cell = ("sensitivity", "matched")
    assert picture(ROW, {cell: CELLS[cell]}).axes == []  # type: ignore[dict-item, index]


def test_it_says_how_much_was_interpolated() -> None:
    assert "interpolated" not in picture(ROW, CELLS).get_suptitle()
    part = arrange([cells.partly_run(each) for each in cells.whole_board(cells.FEW)])
    shown = [part[cell][name].table.curves for cell in SHOWN for name in ("real", "gaussian")]
    share = np.mean([each.interpolated.mean() for each in shown])
    last = picture(ROW, part).get_suptitle().splitlines()[-1]
    assert last == f"{100 * share:.0f} % of the points are interpolated"
