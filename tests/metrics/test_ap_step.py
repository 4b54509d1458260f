from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.metrics.ap_step import AP_STEP
from synact_bench.metrics.base import MetricSettings
from tests.helpers.curve_laws import POINTS, check_shift
from tests.helpers.curve_shapes import GRIDS, check, curves_of, grid, line, step, zero


@pytest.mark.parametrize("points", GRIDS)
def test_known_answers_on_the_length_of_the_paper(points: int) -> None:
    gap = 100 / (points - 1)
    check(AP_STEP, line(80.0), 25.0, points=points)
    check(AP_STEP, line(20.0), 100.0, points=points)
    check(AP_STEP, step(8, 40.0), 7.5 * gap, points=points)
    check(AP_STEP, line(19.0), 100.0, censored=True, points=points)
    check(AP_STEP, zero, 100.0, censored=True, points=points)


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
