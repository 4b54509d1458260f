from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given

from synact_bench.metrics.step_sharpness import STEP_SHARPNESS
from tests.helpers.curve_laws import check_scaling, rising, scales, wandering
from tests.helpers.curve_shapes import (
    GRIDS,
    SETTINGS,
    bump,
    check,
    curves_of,
    line,
    logistic,
    power,
    ramp,
    step,
    two_steps,
    zero,
)


@pytest.mark.parametrize("points", GRIDS)
def test_known_answers(points: int) -> None:
    check(STEP_SHARPNESS, line(7.0), 1.0, points=points)
    check(STEP_SHARPNESS, step(5, 3.0), points - 1.0, points=points)
    check(STEP_SHARPNESS, zero, None, points=points)
    check(STEP_SHARPNESS, bump, None, points=points)


@pytest.mark.parametrize("points", GRIDS)
def test_closed_forms(points: int) -> None:
    gap = 1 / (points - 1)
    # A plateau for half the path, then a line: twice as steep, whatever the grid.
    check(STEP_SHARPNESS, ramp(0.5, 1.0, 9.0), 2.0, points=points)
    check(STEP_SHARPNESS, lambda f: 3 + 6 * f, 6 / 9, points=points)
    # Up to 4 in half the path, back to 2 at its end.
    check(STEP_SHARPNESS, lambda f: np.minimum(8 * f, 6 - 4 * f), 4.0, points=points)
    # Two steps: the higher, as a share of both.
    check(STEP_SHARPNESS, two_steps(4, 2.0, 12, 8.0), 0.75 / gap, points=points, tolerance=1e-4)
    check(STEP_SHARPNESS, two_steps(4, 7.0, 12, 8.0), 0.875 / gap, points=points, tolerance=1e-4)
    # The last chord of f^3 is the steepest, the first of sqrt(f).
    check(STEP_SHARPNESS, power(3, 5.0), (1 - (1 - gap) ** 3) / gap, points=points, tolerance=1e-4)
    check(STEP_SHARPNESS, power(0.5, 5.0), gap**-0.5, points=points)


@pytest.mark.parametrize("points", GRIDS)
def test_a_logistic_about_a_point_has_the_chord_beside_it(points: int) -> None:
    def share(at: float) -> float:
        return 1 / (1 + np.exp(-at * 2 * np.log(9) / 0.2))

    gap, shape = 1 / (points - 1), logistic(0.5, 0.2, 50.0)
    expected = (share(gap) - 0.5) / gap / share(0.5)
    check(STEP_SHARPNESS, shape, expected, points=points, tolerance=1e-4)
    # Below the slope at the centre, by a share of up to (4 slope gap)^2 / 12.
    slope = np.log(9) / (2 * 0.2) / share(0.5)
    lost = slope * (4 * slope * gap) ** 2 / 12
    check(STEP_SHARPNESS, shape, slope - lost / 2, points=points, tolerance=lost / 2 + 1e-4)


def test_a_ramp_of_half_the_path_is_twice_as_sharp_as_a_line() -> None:
    for points in (17, 33, 101):
        check(STEP_SHARPNESS, ramp(0.25, 0.75, 9.0), 2.0, points=points)


def test_a_logistic_has_the_slope_at_its_centre() -> None:
    # Height / (4 scale), scale = width / (2 ln 9); l2(N) is the height.
    expected = 2 * np.log(9) / (4 * 0.2)
    check(STEP_SHARPNESS, logistic(0.5, 0.2, 50.0), expected, points=1001, tolerance=1e-3)


def test_an_uneven_grid_counts_slopes_not_differences() -> None:
    fractions = np.array([0.0, 0.1, 0.5, 1.0])
    answer = STEP_SHARPNESS.compute(curves_of(5 * fractions, fractions=fractions), SETTINGS)
    np.testing.assert_allclose(answer.values, 1.0, rtol=1e-6)


@given(rising)
def test_a_curve_that_rises_to_its_end_has_at_least_one(row) -> None:
    assume(row[-1] > 0)
    assert STEP_SHARPNESS.compute(curves_of(row), SETTINGS).values[0] >= 1 - 1e-6


@given(wandering, scales)
def test_scaling_changes_nothing(row, scale: float) -> None:
    check_scaling(STEP_SHARPNESS, row, scale)
