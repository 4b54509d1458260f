from __future__ import annotations

import numpy as np
import pytest

from synact_bench.metrics.kl_curve_gap import KL_CURVE_GAP, log_kl
from synact_bench.scoring.distances import mean_wasserstein1
from tests.helpers.curve_shapes import GRIDS, SETTINGS, Shape, curves_of, grid, line, power, step


def gap_of(first: list[Shape], second: list[Shape], points: int) -> float:
    """The gap between two sets of kl curves, given as shapes."""
    sets = [[shape(grid(points)) for shape in shapes] for shapes in (first, second)]
    return mean_wasserstein1(*(log_kl(curves_of(*rows, kl=True), SETTINGS) for rows in sets))


@pytest.mark.parametrize("points", GRIDS)
def test_closed_forms(points: int) -> None:
    def expect(first: list[Shape], second: list[Shape], gap: float) -> None:
        assert gap_of(first, second, points) == pytest.approx(gap, abs=1e-6)
        assert gap_of(second, first, points) == pytest.approx(gap, abs=1e-6)

    low, high = line(1e-3), line(1.0)

    def raised(shape: Shape, decades: float) -> Shape:
        """Its log10(kl + 1e-6) higher by so many decades, at every point."""
        return lambda f: 10**decades * (shape(f) + 1e-6) - 1e-6

    # Shifted sets, of equal sizes and of two and six.
    expect([low, high], [raised(low, 2.0), raised(high, 2.0)], 2.0)
    expect([low, high], [raised(each, 0.5) for each in (low, high)] * 3, 0.5)
    # Shifts of 1 and 3 decades: the order is kept, so their mean; of one alone, half of it.
    expect([low, high], [raised(low, 1.0), raised(high, 3.0)], 2.0)
    expect([low, high], [low, raised(high, 3.0)], 1.5)
    # One curve against its shifts by 0, 1 and 5 decades.
    expect([low], [low, raised(low, 1.0), raised(low, 5.0)], 2.0)
    # The outer two of three against all: a sixth of the paths moves 1 decade, a sixth 4.
    three = [low, raised(low, 1.0), raised(low, 5.0)]
    expect([low, raised(low, 5.0)], three, 1 / 6 + 4 / 6)


@pytest.mark.parametrize("points", GRIDS)
def test_closed_forms_that_depend_on_the_grid_as_stated(points: int) -> None:
    nothing = line(0.0)
    # A step from 1e-6 to h + 1e-6 at point 8: that share of the points is so many decades apart.
    apart = np.log10(9e-3 / 1e-6 + 1) * (points - 8) / points
    assert gap_of([step(8, 9e-3)], [nothing], points) == pytest.approx(apart, abs=1e-6)
    # Lines of slope 2 and 200: two decades at every point but the first, where both are at 1e-6.
    between = 2.0 * (points - 1) / points
    assert gap_of([line(2.0)], [line(200.0)], points) == pytest.approx(between, abs=1e-4)
    # f and f^3 are -2 log10 f apart: the mean of that over N points is 2 (N log N - log N!) / N.
    n = points - 1
    factorial = np.log10(np.arange(1, n + 1)).sum()
    expected = 2 * (n * np.log10(n) - factorial) / points
    assert gap_of([power(1, 1e6)], [power(3, 1e6)], points) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("points", GRIDS)
def test_points_are_compared_not_curves(points: int) -> None:
    # Two curves that cross, and the same values with their ends exchanged in the middle.
    up, down = line(5.0), lambda f: 5 - 5 * f
    roof, valley = lambda f: np.maximum(up(f), down(f)), lambda f: np.minimum(up(f), down(f))
    assert gap_of([up, down], [roof, valley], points) == pytest.approx(0, abs=1e-12)


def test_the_logarithm_is_offset_and_rounding_below_zero_is_nothing() -> None:
    rows = log_kl(curves_of(np.array([0.0, -1e-5, 1.0, 99.0]), kl=True), SETTINGS)
    np.testing.assert_allclose(rows, [[-6, -6, 0, np.log10(99)]], atol=1e-6)


def test_its_rows_are_the_log_kl_curves_and_l2_has_no_part_in_them() -> None:
    curves = curves_of(np.array([0.0, 9.0, 99.0]), np.array([0.0, 0.1, 0.5]), kl=True)
    rows = KL_CURVE_GAP.ingredient(curves, SETTINGS)
    np.testing.assert_array_equal(rows, log_kl(curves, SETTINGS))
    np.testing.assert_array_equal(rows, np.log10(curves.kl.astype(np.float64) + 1e-6))
    assert rows.shape == (2, 3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_curves_that_are_not_finite_have_no_rows(bad: float) -> None:
    with pytest.raises(ValueError, match="not finite on 1 of 2 paths"):
        log_kl(curves_of(grid(4), np.array([0.0, bad, 1.0, 1.0]), kl=True), SETTINGS)
