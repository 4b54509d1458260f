from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

from synact_bench.drawing.panels import (
    DOTS,
    MOST_PIXELS,
    literal,
    mean_and_band,
    png,
    ridge,
    style,
)

STEPS = np.linspace(0.0, 100.0, 3)


def test_the_band_holds_the_middle_of_the_paths() -> None:
    axes: Any = Figure().subplots()
    curves = np.arange(11, dtype=np.float32)[:, None] * np.array([0, 1, 2], np.float32)
    mean_and_band(axes, STEPS, curves, "red")
    assert_allclose(axes.lines[0].get_xydata(), np.column_stack([STEPS, [0, 5, 10]]))
    heights = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert heights.max() == pytest.approx(18)
    assert 9 in heights
    assert 1 in heights


def test_no_path_draws_nothing() -> None:
    axes: Any = Figure().subplots()
    mean_and_band(axes, STEPS, np.empty((0, 3), np.float32), "red")
    ridge(axes, np.array([np.nan]), STEPS, base=1.0, scale=1.0, colour="red")
    assert not axes.has_data()


def test_a_ridge_stands_on_its_line_and_marks_the_median() -> None:
    axes: Any = Figure().subplots()
    values = np.array([10.0, 20.0, 60.0, np.nan])
    ridge(axes, values, STEPS, base=2.0, scale=0.9, colour="red")
    outline = axes.patches[-1].get_data()
    assert_allclose(outline.values, [2.0 + 0.9 * 2 / 3, 2.0 + 0.9 / 3])
    assert outline.baseline == 2.0
    assert_allclose(axes.lines[0].get_xdata(), [20.0, 20.0])


def test_style_overrules_the_users_settings_and_leaves_them() -> None:
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9}):
        with style():
            assert matplotlib.rcParams["font.size"] == 8
            assert matplotlib.rcParams["lines.linewidth"] == 1.5
        assert matplotlib.rcParams["font.size"] == 30


@pytest.mark.parametrize("inches", [(8, 6), (30, 50)])
def test_a_large_figure_has_fewer_dots_to_the_inch(inches: tuple[int, int]) -> None:
    width, height = np.frombuffer(png(Figure(figsize=inches))[16:24], ">u4").tolist()
    assert width * height <= MOST_PIXELS
    assert width / height == pytest.approx(inches[0] / inches[1], rel=1e-2)
    assert width == DOTS * inches[0] or width * height > 0.99 * MOST_PIXELS


def test_png_bytes_carry_no_date_or_version() -> None:
    content = png(Figure(figsize=(1, 1)))
    assert content.startswith(b"\x89PNG")
    assert b"matplotlib" not in content.lower()
    assert b"tIME" not in content


def test_a_dollar_sign_is_shown_as_it_is() -> None:
    def width(words: str, *, mathematics: bool) -> float:
        found = Figure().text(0, 0, words, parse_math=mathematics)
        return float(found.get_window_extent().width)

    assert width(literal("a$b$"), mathematics=True) == width("a$b$", mathematics=False)
    assert width("a$b$", mathematics=True) != width("a$b$", mathematics=False)
