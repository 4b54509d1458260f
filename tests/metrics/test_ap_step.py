from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.metrics.ap_step import AP_STEP
from synact_bench.metrics.base import MetricSettings
from tests.helpers.curve_laws import POINTS, check_shift
from tests.helpers.curve_shapes import (
    GRIDS,
    check,
    chord_crossing,
    curves_of,
    grid,
    line,
    logistic,
    power,
    ramp,
    step,
    two_steps,
    zero,
)


@pytest.mark.parametrize("points", GRIDS)
def test_known_answers_on_the_length_of_the_paper(points: int) -> None:
    gap = 100 / (points - 1)
    check(AP_STEP, line(80.0), 25.0, points=points)
    check(AP_STEP, line(20.0), 100.0, points=points)
    check(AP_STEP, step(8, 40.0), 7.5 * gap, points=points)
    check(AP_STEP, line(19.0), 100.0, censored=True, points=points)
    check(AP_STEP, zero, 100.0, censored=True, points=points)


@pytest.mark.parametrize("points", GRIDS)
def test_closed_forms(points: int) -> None:
    gap = 100 / (points - 1)
    # A plateau for half the path, then a line up to 80: a quarter of the second half.
    check(AP_STEP, ramp(0.5, 1.0, 80.0), 62.5, points=points)
    check(AP_STEP, ramp(0.5, 1.0, 19.9), 100.0, censored=True, points=points)
    # 80 f^2 reaches 20 at a point of every grid, and reaching is enough.
    check(AP_STEP, power(2, 80.0), 50.0, points=points)
    # The first of two steps that reaches 20.
    check(AP_STEP, two_steps(4, 10.0, 12, 40.0), (11 + 1 / 3) * gap, points=points)
    check(AP_STEP, two_steps(4, 25.0, 12, 40.0), (3 + 0.8) * gap, points=points)
    # A logistic of height 200 is at a tenth of it half a width before its centre.
    shape = logistic(0.527, 0.2, 200.0)
    expected = 100 * chord_crossing(shape, 0.427, 20.0, points=points)
    check(AP_STEP, shape, expected, points=points, tolerance=1e-4)


@pytest.mark.parametrize(
    ("length", "expected", "censored"),
    [(25.0, 12.5, False), (100.0, 50.0, False), (200.0, 100.0, False), (201.0, 100.0, True)],
)
def test_steps_are_half_units_whatever_the_length(
    length: float, expected: float, censored: bool
) -> None:
    settings = MetricSettings(tau=1.0, absolute_length=length)
    answer = AP_STEP.compute(curves_of(80 * grid(101)), settings)
    assert answer.values[0] == pytest.approx(expected, abs=1e-4)
    assert bool(answer.censored[0]) is censored


@given(st.integers(1, 10), st.integers(0, POINTS - 12))
def test_a_shifted_step_shifts_it(index: int, shift: int) -> None:
    check_shift(AP_STEP, index, shift, per_point=100 / (POINTS - 1))
