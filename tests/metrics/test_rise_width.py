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
    curves_of,
    line,
    logistic,
    ramp,
    step,
    zero,
)


@pytest.mark.parametrize("points", GRIDS)
def test_known_answers(points: int) -> None:
    check(RISE_WIDTH, line(7.0), 0.8, points=points)
    check(RISE_WIDTH, step(8, 3.0), 0.8 / (points - 1), points=points)
    check(RISE_WIDTH, zero, None, points=points)
    check(RISE_WIDTH, bump, None, points=points)


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
