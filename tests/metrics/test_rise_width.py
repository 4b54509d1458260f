from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from synact_bench.metrics.rise_width import RISE_WIDTH
from tests.helpers.curve_laws import check_scaling, scales, wandering
from tests.helpers.curve_shapes import (
    GRIDS,
    SETTINGS,
    bump,
    check,
    chord_crossing,
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
    check(RISE_WIDTH, line(7.0), 0.8, points=points)
    check(RISE_WIDTH, step(8, 3.0), 0.8 / (points - 1), points=points)
    check(RISE_WIDTH, zero, None, points=points)
    check(RISE_WIDTH, bump, None, points=points)


@pytest.mark.parametrize("points", GRIDS)
def test_closed_forms(points: int) -> None:
    gap = 1 / (points - 1)
    # A plateau for half the path, then a line: eight tenths of a half.
    check(RISE_WIDTH, ramp(0.5, 1.0, 9.0), 0.4, points=points)
    # Levels 1 and 9 of two steps to 10: between them where the first is within, else one step.
    check(RISE_WIDTH, two_steps(4, 4.0, 12, 10.0), (8 + 5 / 6 - 1 / 4) * gap, points=points)
    check(RISE_WIDTH, two_steps(4, 0.5, 12, 10.0), (8 / 9.5) * gap, points=points)
    # A line that starts above the first level crosses it at 0.
    check(RISE_WIDTH, lambda f: 3 + 6 * f, 5.1 / 6, points=points)


@pytest.mark.parametrize("points", GRIDS)
def test_a_power_crosses_its_chords(points: int) -> None:
    shape = power(2, 10.0)
    early = chord_crossing(shape, np.sqrt(0.1), 1.0, points=points)
    late = chord_crossing(shape, np.sqrt(0.9), 9.0, points=points)
    check(RISE_WIDTH, shape, late - early, points=points)
    # A chord of f^2 is above it by at most gap^2 / 4, over slopes of 2 sqrt(0.1) and more.
    gap = 1 / (points - 1)
    exact = np.sqrt(0.9) - np.sqrt(0.1)
    check(RISE_WIDTH, shape, exact, points=points, tolerance=gap**2 / 4 / (2 * np.sqrt(0.1) - gap))


@pytest.mark.parametrize("points", GRIDS)
def test_a_logistic_crosses_its_chords(points: int) -> None:
    # The end of the path has the share `end` of the height, to which both levels refer.
    shape, scale = logistic(0.5, 0.2, 50.0), 0.2 / (2 * np.log(9))
    end = 1 / (1 + np.exp(-0.5 / scale))
    early, late = (
        chord_crossing(shape, 0.5 + scale * np.log(p / (1 - p)), 50 * p, points=points)
        for p in (0.1 * end, 0.9 * end)
    )
    check(RISE_WIDTH, shape, late - early, points=points)


def test_a_ramp_takes_eight_tenths_of_its_length() -> None:
    for points in (17, 33, 101):
        check(RISE_WIDTH, ramp(0.25, 0.75, 9.0), 0.4, points=points)


def test_a_logistic_has_its_own_width() -> None:
    check(RISE_WIDTH, logistic(0.5, 0.2, 50.0), 0.2, points=1001, tolerance=1e-4)


def test_an_overshoot_is_measured_on_its_first_rise() -> None:
    # Up to 20 in the first half, down to 10 at the end: 10 % is 1, 90 % is 9.
    check(RISE_WIDTH, lambda f: np.where(f <= 0.5, 40 * f, 30 - 20 * f), 0.2, points=101)


@given(wandering)
def test_it_is_never_negative_and_defined_where_the_end_is_not_zero(row) -> None:
    answer = RISE_WIDTH.compute(curves_of(row), SETTINGS)
    assert bool(answer.censored[0]) is bool(row[-1] == 0)
    assert answer.censored[0] or 0 <= answer.values[0] <= 1


@given(wandering, scales)
def test_scaling_changes_nothing(row, scale: float) -> None:
    check_scaling(RISE_WIDTH, row, scale)


def test_a_curve_that_rests_on_a_level_has_reached_it() -> None:
    def rests(f):
        return np.interp(f, [0, 0.2, 0.5, 0.7, 0.9, 1], [0, 1, 1, 9, 9, 10])

    check(RISE_WIDTH, rests, 0.5, points=101)
