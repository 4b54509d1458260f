from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.metrics.auc_step import AUC_STEP
from tests.helpers.curve_laws import POINTS, check_scaling, check_shift, scales, wandering
from tests.helpers.curve_shapes import GRIDS, SETTINGS, check, curves_of, line, ramp, step, zero


@pytest.mark.parametrize("points", GRIDS)
def test_known_answers(points: int) -> None:
    gap = 100 / (points - 1)
    check(AUC_STEP, zero, None, points=points)
    check(AUC_STEP, step(8, 3.0), 8 * gap, points=points)
    # Every triangle under a line is the area under it: the first candidate wins the tie.
    first = next(n * gap for n in range(points) if n * gap >= 5 - 1e-9)
    check(AUC_STEP, line(7.0), first, points=points)


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
