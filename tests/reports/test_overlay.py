from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

from synact_bench.core.errors import SynactError, UnknownNameError
from synact_bench.drawing.palette import COMPARED, GAUSSIAN_LINE, REAL_LINE
from synact_bench.drawing.sheet import PRINT
from synact_bench.reports.comparable import arrange
from synact_bench.reports.overlay import (
    cell_named,
    legend_of,
    overlay,
    overlay_figure,
    refuse_unmeasured,
    size_of,
    together,
)
from synact_bench.scoring import CellName
from tests.helpers import cells

CELLS = arrange(cells.whole_board([*cells.FEW, "mine", "yours"], further=["absolute"]))
RELATIVE = CellName("sensitivity", "relative")
PLATEAU = CellName("plateau", "scaled")


def axes_of(metric: str, rows: list[str]) -> Any:
    axes = Figure().subplots()
    overlay(axes, CELLS, RELATIVE, metric, rows)
    return axes


@pytest.mark.parametrize("quantity", ["l2", "kl"])
def test_rows_stand_beside_real_with_lines_of_their_own(quantity: str) -> None:
    axes = axes_of(quantity, ["mine", "gaussian", "yours"])
    strokes = (REAL_LINE, COMPARED[0], GAUSSIAN_LINE, COMPARED[1])
    names = ("real", "mine", "gaussian", "yours")
    for line, name, stroke in zip(axes.lines, names, strokes, strict=True):
        curves = CELLS[RELATIVE][name].table.curves
        assert_allclose(line.get_ydata(), getattr(curves, quantity).mean(axis=0), rtol=1e-5)
        assert line.get_color() == stroke.colour
        assert line.is_dashed() is bool(stroke.dash)


def test_a_band_is_drawn_of_real_and_of_a_row_that_stands_alone() -> None:
    assert len(axes_of("l2", ["mine"]).collections) == 2
    assert len(axes_of("l2", ["mine", "gaussian"]).collections) == 1


def test_of_a_metric_of_single_paths_shares_of_paths_are_drawn() -> None:
    axes = axes_of("max_slope_step", ["mine"])
    outlines = [each.get_data() for each in axes.patches if not each.get_fill()]
    assert len(outlines) == 2
    for each, name in zip(outlines, ("real", "mine"), strict=True):
        values = CELLS[RELATIVE][name].sample.values["max_slope_step"].defined
        assert each.values.sum() == pytest.approx(1)
        middle = (each.edges[1:] + each.edges[:-1]) / 2
        assert (each.values * middle).sum() == pytest.approx(values.mean(), abs=4)
    assert "max-slope step" in axes.get_xlabel()


def test_a_path_is_named_with_its_experiment_where_two_have_it() -> None:
    assert cell_named(CELLS, "scaled") == PLATEAU
    assert cell_named(CELLS, "plateau/absolute") == CellName("plateau", "absolute")
    with pytest.raises(SynactError, match="plateau/absolute, sensitivity/absolute"):
        cell_named(CELLS, "absolute")
    with pytest.raises(UnknownNameError, match="did you mean 'plateau/scaled'"):
        cell_named(CELLS, "plateau/scale")


def test_what_is_not_measured_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="there is no metric 'plateau_width'"):
        axes_of("plateau_width", ["mine"])
    some = {RELATIVE: CELLS[RELATIVE], PLATEAU: {"real": CELLS[PLATEAU]["real"]}}
    refuse_unmeasured(some, [RELATIVE, PLATEAU], ["mine"])
    with pytest.raises(SynactError, match="row mine: was not measured on plateau/scaled"):
        refuse_unmeasured(some, [PLATEAU], ["mine"])


def test_a_figure_has_a_panel_for_each_choice_and_one_legend() -> None:
    sheet = PRINT["column"]
    chosen = [(RELATIVE, "l2"), (RELATIVE, "kl"), (PLATEAU, "plateau_width")]
    figure = Figure(figsize=size_of(3, sheet, columns=2), layout="constrained")
    overlay_figure(figure, CELLS, chosen, ["mine", "gaussian"], sheet=sheet, columns=2)
    assert [axes.get_visible() for axes in figure.axes] == [True, True, True, False]
    (legend,) = figure.legends
    assert [each.get_text() for each in legend.get_texts()] == ["real", "mine", "gaussian"]
    assert figure.get_figwidth() == sheet.width


def test_a_dollar_sign_starts_no_mathematics() -> None:
    figure = Figure()
    legend_of(figure, {"a$b$": COMPARED[0]})
    assert figure.legends[0].get_texts()[0].get_text() == r"a\$b\$"
    assert to_hex(figure.legends[0].get_lines()[0].get_color()) == COMPARED[0].colour


def test_as_many_rows_as_there_are_lines_stand_together() -> None:
    names = [f"row-{each}" for each in range(len(COMPARED))]
    assert together([*names, "real", "gaussian"])
    assert not together([*names, "another"])


def test_rows_without_values_leave_the_others() -> None:
    given = cells.whole_board(cells.FEW)
    given.append(cells.cell("mean", dropped=cells.BASES))
    axes: Any = Figure().subplots()
    overlay(axes, arrange(given), RELATIVE, "max_slope_step", ["mean", "gaussian"])
    assert len([each for each in axes.patches if not each.get_fill()]) == 2
    assert np.isfinite(axes.get_xlim()).all()
