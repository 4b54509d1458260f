from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.metrics.plateau_width import PLATEAU_WIDTH
from tests.helpers.curve_laws import POINTS, check_shift, wandering
from tests.helpers.curve_shapes import (
    GRIDS,
    SETTINGS,
    bump,
    check,
    curves_of,
    line,
    ramp,
    step,
    zero,
)

# tau is 1 in SETTINGS.


@pytest.mark.parametrize("points", GRIDS)
def test_known_answers(points: int) -> None:
    gap = 1 / (points - 1)
    check(PLATEAU_WIDTH, line(4.0), 0.25, points=points)
    check(PLATEAU_WIDTH, step(8, 10.0), (7 + 0.1) * gap, points=points)
    check(PLATEAU_WIDTH, zero, 1.0, censored=True, points=points)
    check(PLATEAU_WIDTH, line(1.0), 1.0, censored=True, points=points)
    check(PLATEAU_WIDTH, lambda f: 2 + f, 0.0, points=points)


def test_a_ramp_crosses_between_points() -> None:
    check(PLATEAU_WIDTH, ramp(0.5, 1.0, 10.0), 0.55, points=101)
    check(PLATEAU_WIDTH, ramp(0.5, 1.0, 10.0), 0.55, points=17)


def test_only_the_first_crossing_counts() -> None:
    # 10 sin(pi f) first reaches 1 at arcsin(0.1) / pi, and falls below it again.
    check(PLATEAU_WIDTH, bump, 0.03188, points=101, tolerance=1e-3)


@given(st.integers(1, 10), st.integers(0, POINTS - 12))
def test_a_shifted_step_shifts_the_width(index: int, shift: int) -> None:
    check_shift(PLATEAU_WIDTH, index, shift, per_point=1 / (POINTS - 1))


@given(wandering)
def test_it_is_a_fraction_and_censored_only_below_tau(row) -> None:
    width = PLATEAU_WIDTH.compute(curves_of(row), SETTINGS)
    assert 0 <= width.values[0] <= 1
    assert bool(width.censored[0]) is bool(row.max() <= SETTINGS.tau)
