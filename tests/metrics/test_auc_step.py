from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.metrics.auc_step import AUC_STEP
from tests.helpers.curve_laws import POINTS, check_scaling, check_shift, scales, wandering
from tests.helpers.curve_shapes import (
    GRIDS,
    SETTINGS,
    check,
    curves_of,
    line,
    power,
    ramp,
    step,
    two_steps,
    zero,
)


@pytest.mark.parametrize("points", GRIDS)
def test_known_answers(points: int) -> None:
    gap = 100 / (points - 1)
    check(AUC_STEP, zero, None, points=points)
    check(AUC_STEP, step(8, 3.0), 8 * gap, points=points)
    # Every triangle under a line is the area under it: the first candidate wins the tie.
    first = next(n * gap for n in range(points) if n * gap >= 5 - 1e-9)
    check(AUC_STEP, line(7.0), first, points=points)


@pytest.mark.parametrize("points", GRIDS)
def test_closed_forms(points: int) -> None:
    gap = 100 / (points - 1)
    # A plateau for half the path, then a line: x after it the ratio is (1/2 + x) / x.
    check(AUC_STEP, ramp(0.5, 1.0, 9.0), 50 + gap, points=points)
    # In intervals, the ratio at the first of two steps is 6; at the second, with h times its
    # height, 14 h / (16 + h).
    check(AUC_STEP, two_steps(6, 1.0, 14, 31.0), 14 * gap, points=points)
    check(AUC_STEP, two_steps(6, 1.0, 14, 12.1), 14 * gap, points=points)
    check(AUC_STEP, two_steps(6, 1.0, 14, 11.9), 6 * gap, points=points)


@pytest.mark.parametrize("points", GRIDS)
def test_trapezoids_bend_a_convex_power_most_at_its_end(points: int) -> None:
    # n intervals of f^3 have the ratio 2 n^2 / (n^2 + 1), which grows; the limit is 2.
    check(AUC_STEP, power(3, 5.0), 100.0, points=points)


@pytest.mark.parametrize("points", GRIDS)
def test_trapezoids_bend_a_concave_curve_least_where_they_are_few(points: int) -> None:
    # n of N intervals of 2 f - f^2 have the ratio (6 N n - 3 n^2) / (6 N n - 2 n^2 - 1): it falls
    # from 1.
    gap = 100 / (points - 1)
    first = next(n * gap for n in range(points) if n * gap >= 5 - 1e-9)
    check(AUC_STEP, lambda f: 2 * f - f**2, first, points=points)


def test_a_power_is_bent_most_as_soon_as_it_counts() -> None:
    # Under x^2 the ratio is 3/2 at every n, less what trapezoids add near 0: it grows to the end.
    check(AUC_STEP, lambda f: f**2, 100.0, points=33)


def test_a_ramp_from_zero_is_bent_most_at_its_first_rise() -> None:
    # n points after a start at s the ratio is (s + n) / n.
    check(AUC_STEP, ramp(0.25, 0.75, 9.0), 26.0, points=101)
    check(AUC_STEP, ramp(0.25, 0.75, 9.0), 25 + 100 / 32, points=33)


def test_a_line_with_a_steeper_ramp_on_it_is_bent_most_at_the_top_of_the_ramp() -> None:
    check(AUC_STEP, lambda f: f + ramp(0.25, 0.3, 0.05)(f), 30.0, points=101)


def test_a_curve_that_is_over_before_step_five_is_undefined() -> None:
    check(AUC_STEP, lambda f: np.where(np.arange(len(f)) == 2, 5.0, 0.0), None, points=101)


def test_it_equals_the_definition_written_as_a_loop() -> None:
    row = np.cumsum(np.random.default_rng(3).uniform(0, 1, 101))
    row[0] = 0
    row = row.astype(np.float32).astype(np.float64)
    ratios = [n * row[n] / 2 / np.trapezoid(row[: n + 1]) for n in range(5, 101)]
    answer = AUC_STEP.compute(curves_of(row), SETTINGS)
    assert answer.values[0] == pytest.approx(5 + int(np.argmax(ratios)))


@given(st.integers(2, 10), st.integers(0, POINTS - 12))
def test_a_shifted_step_shifts_it(index: int, shift: int) -> None:
    check_shift(AUC_STEP, index, shift, per_point=100 / (POINTS - 1))


@given(wandering, scales)
def test_scaling_by_a_power_of_two_changes_nothing(row, scale: float) -> None:
    # Ratios may lie at any distance from each other: only an exact scale keeps every tie.
    check_scaling(AUC_STEP, row, 2.0 ** round(np.log2(scale)))
