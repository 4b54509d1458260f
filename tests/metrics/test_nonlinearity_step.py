from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.metrics.nonlinearity_step import NONLINEARITY_STEP
from tests.helpers.curve_laws import POINTS, check_scaling, check_shift, scales, wandering
from tests.helpers.curve_shapes import GRIDS, check, line, power, ramp, step, two_steps, zero


def kinked(kink: float, slope: float):
    """A line of slope 1 that goes on with another slope from ``kink``."""
    return lambda f: np.minimum(f, kink) + slope * np.maximum(f - kink, 0)


@pytest.mark.parametrize("points", GRIDS)
def test_known_answers(points: int) -> None:
    gap = 100 / (points - 1)
    check(NONLINEARITY_STEP, zero, None, points=points)
    check(NONLINEARITY_STEP, line(7.0), None, points=points)
    # The step leaves the line 0 at point 7, or is part of the fit where the grid is fine.
    check(NONLINEARITY_STEP, step(8, 3.0), max(7 * gap, 9 // gap * gap), points=points)


@pytest.mark.parametrize("points", GRIDS)
def test_closed_forms(points: int) -> None:
    gap = 100 / (points - 1)
    # A plateau for half the path, then a line: it leaves the line 0 where it begins.
    check(NONLINEARITY_STEP, ramp(0.5, 1.0, 9.0), 50.0, points=points)
    # The first of two steps counts, however small.
    for high in (1.1, 8.0):
        expected = max(7 * gap, 9 // gap * gap)
        check(NONLINEARITY_STEP, two_steps(8, 1.0, 12, high), expected, points=points)
    # Within ten percent to its end.
    check(NONLINEARITY_STEP, kinked(0.5, 1.19), None, points=points)


@pytest.mark.parametrize("points", GRIDS)
def test_a_square_leaves_its_line_as_its_fit_says(points: int) -> None:
    # Fitted to points 0..m, n^2 has the slope sum n^3 / sum n^2 = 3 m (m + 1) / (2 (2 m + 1)).
    gap = 100 / (points - 1)
    m = 9 // gap
    band = 1.1 * 3 * m * (m + 1) / (2 * (2 * m + 1))
    # Above the band at m already, or on the chord to the next point.
    inside = band * m - m**2
    outside = (m + 1) ** 2 - band * (m + 1)
    expected = m + max(inside, 0) / (inside + outside)
    check(NONLINEARITY_STEP, power(2, 5.0), gap * expected, points=points, tolerance=1e-4)


@pytest.mark.parametrize("points", GRIDS)
def test_the_departure_is_found_between_points(points: int) -> None:
    # x + 2 (x - 1/2) = 1.1 x at 10/19; x / 2 + 1/4 = 0.9 x at 5/8.
    check(NONLINEARITY_STEP, kinked(0.5, 3.0), 1000 / 19, points=points, tolerance=1e-4)
    check(NONLINEARITY_STEP, kinked(0.5, 0.5), 62.5, points=points, tolerance=1e-4)


def test_the_line_is_fitted_by_least_squares_through_the_origin() -> None:
    # Slope of x^2 over points 0..9: sum n^3 / sum n^2 = 2025/285 points; x^2 > 1.1 line next.
    check(NONLINEARITY_STEP, lambda f: f**2, 9.0, points=101)
    # A wobble around its own line, then 30 % above it.
    wobble = np.zeros(101)
    wobble[:10] = [0, 2, 1, 4, 3, 6, 5, 8, 7, 9]
    slope = (np.arange(10) @ wobble[:10]) / (np.arange(10) @ np.arange(10))
    wobble[10:] = 1.3 * slope * np.arange(10, 101)
    excess_before, excess_after = wobble[9] - 1.1 * slope * 9, 0.2 * slope * 10
    expected = 9 - excess_before / (excess_after - excess_before)
    check(NONLINEARITY_STEP, lambda f: wobble, expected, points=101, tolerance=1e-4)


def test_a_curve_already_off_its_line_departs_where_the_search_begins() -> None:
    check(NONLINEARITY_STEP, lambda f: f**3, 9.0, points=101)


def test_two_points_are_a_path_without_departure() -> None:
    check(NONLINEARITY_STEP, line(3.0), None, points=2)


@given(st.integers(5, 10), st.integers(0, POINTS - 12))
def test_a_shifted_step_shifts_it(index: int, shift: int) -> None:
    check_shift(NONLINEARITY_STEP, index, shift, per_point=100 / (POINTS - 1))


@given(wandering, scales)
def test_scaling_by_a_power_of_two_changes_nothing(row, scale: float) -> None:
    # A curve may lie exactly on the edge of the band: only an exact scale keeps it there.
    check_scaling(NONLINEARITY_STEP, row, 2.0 ** round(np.log2(scale)))
