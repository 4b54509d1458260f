from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from synact_bench.core.experiments import GAUSSIAN, REFERENCE
from synact_bench.reports.comparable import Cells, arrange
from synact_bench.reports.glance import PANELS, Glance
from tests.helpers import cells

FEW = cells.FEW


@pytest.fixture
def arranged() -> Cells:
    return arrange(cells.whole_board(FEW))


@pytest.mark.parametrize("panel", range(len(PANELS)))
def test_a_panel_shows_medians_in_units_of_a_path_s_largest(arranged: Cells, panel: int) -> None:
    seen = Glance.of(arranged)
    assert seen is not None
    figure = seen.figure()
    axes, cell = figure.axes[panel], PANELS[panel].cell
    for line, name in zip(axes.lines, (GAUSSIAN, REFERENCE), strict=True):
        curves = arranged[cell][name].table.curves
        l2 = curves[curves.whole].l2
        expected = np.median(l2 / l2.max(1, keepdims=True), axis=0)
        assert_allclose(np.asarray(line.get_ydata()), expected, rtol=1e-5)
    (arrow,) = axes.texts
    assert arrow.get_text() == PANELS[panel].feature


def test_paths_on_which_nothing_changes_are_left_out(arranged: Cells) -> None:
    before = Glance.of(arranged)
    curves = arranged[PANELS[0].cell][REFERENCE].table.curves
    assert before is not None
    curves.l2[:3] = 0.0
    after = Glance.of(arranged)
    assert after is not None
    assert np.isfinite(np.asarray(after.figure().axes[0].lines[1].get_ydata())).all()
    curves.l2[:] = 0.0
    assert Glance.of(arranged) is None


def test_contrast_is_the_gap_between_the_lines_of_the_figure(arranged: Cells) -> None:
    seen = Glance.of(arranged)
    assert seen is not None
    lines = [[np.asarray(one.get_ydata()) for one in axes.lines] for axes in seen.figure().axes]
    gaps = [np.abs(gaussian - real).mean() for gaussian, real in lines]
    assert seen.contrast == pytest.approx(np.mean(gaps))
    assert seen.contrast > 0
    for panel in PANELS:
        arranged[panel.cell][GAUSSIAN].table.curves.l2[:] = 1
        arranged[panel.cell][REFERENCE].table.curves.l2[:] = 3
    flat = Glance.of(arranged)
    assert flat is not None
    assert flat.contrast == 0


@pytest.mark.parametrize("missing", [GAUSSIAN, "plateau"])
def test_without_one_of_the_cells_there_is_no_figure(missing: str) -> None:
    if missing == GAUSSIAN:
        given = [each for each in FEW if each != GAUSSIAN]
        arranged = arrange(cells.whole_board(given))
    else:
        arranged = arrange(cells.whole_board(FEW, experiments=["sensitivity"]))
    assert Glance.of(arranged) is None
