from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.metrics.kl_max_slope_step import KL_MAX_SLOPE_STEP
from tests.helpers.curve_laws import POINTS, check_scaling, check_shift, scales, wandering
from tests.helpers.curve_shapes import (
    GRIDS,
    Shape,
    check,
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
    gap = 100 / (points - 1)
    check(KL_MAX_SLOPE_STEP, line(7.0), gap / 2, points=points, kl=True)
    check(KL_MAX_SLOPE_STEP, step(5, 3.0), 4.5 * gap, points=points, kl=True)
    check(KL_MAX_SLOPE_STEP, zero, None, points=points, kl=True)
    check(KL_MAX_SLOPE_STEP, lambda f: 3 - 3 * f, None, points=points, kl=True)


@pytest.mark.parametrize("points", GRIDS)
def test_closed_forms(points: int) -> None:
    gap = 100 / (points - 1)

    def expect(shape: Shape, step: float) -> None:
        check(KL_MAX_SLOPE_STEP, shape, step, points=points, kl=True)

    # A plateau for half the path, then a line: its first interval.
    expect(ramp(0.5, 1.0, 9.0), 50 + gap / 2)
    # Of two steps the higher, of equal ones the first.
    expect(two_steps(4, 2.0, 12, 8.0), 11.5 * gap)
    expect(two_steps(4, 7.0, 12, 8.0), 3.5 * gap)
    expect(two_steps(4, 4.0, 12, 8.0), 3.5 * gap)
    # A convex curve is steepest at its end, a concave one at its start.
    expect(power(3, 5.0), 100 - gap / 2)
    expect(power(0.5, 5.0), gap / 2)
    # A logistic about the middle of an interval, and about a point: its two chords tie.
    expect(logistic(5.5 * gap / 100, 0.2, 9.0), 5.5 * gap)
    expect(logistic(0.5, 0.2, 9.0), 50 - gap / 2)


def test_the_first_interval_of_a_ramp_wins() -> None:
    check(KL_MAX_SLOPE_STEP, ramp(0.25, 0.75, 9.0), 25.5, points=101, kl=True)
    check(KL_MAX_SLOPE_STEP, ramp(0.25, 0.75, 9.0), 25 + 100 / 32, points=17, kl=True)


def test_the_steeper_of_two_rises_wins() -> None:
    check(
        KL_MAX_SLOPE_STEP,
        lambda f: 2 * step(20, 1.0)(f) + step(60, 3.0)(f),
        59.5,
        points=101,
        kl=True,
    )


def test_a_logistic_is_steepest_at_its_centre() -> None:
    check(KL_MAX_SLOPE_STEP, logistic(0.405, 0.1, 80.0), 40.5, points=101, kl=True)


@given(st.integers(1, 10), st.integers(0, POINTS - 12))
def test_a_shifted_step_shifts_it(index: int, shift: int) -> None:
    check_shift(KL_MAX_SLOPE_STEP, index, shift, per_point=100 / (POINTS - 1), kl=True)


@given(wandering, scales)
def test_scaling_changes_nothing(row, scale: float) -> None:
    check_scaling(KL_MAX_SLOPE_STEP, row, scale, kl=True)
