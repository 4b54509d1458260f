from __future__ import annotations

import numpy as np
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

# tau is 1 in SETTINGS.


@pytest.mark.parametrize("points", GRIDS)
def test_known_answers(points: int) -> None:
    gap = 1 / (points - 1)
    check(PLATEAU_WIDTH, line(4.0), 0.25, points=points)
    check(PLATEAU_WIDTH, step(8, 10.0), (7 + 0.1) * gap, points=points)
    check(PLATEAU_WIDTH, zero, 1.0, censored=True, points=points)
    check(PLATEAU_WIDTH, line(1.0), 1.0, censored=True, points=points)
    check(PLATEAU_WIDTH, lambda f: 2 + f, 0.0, points=points)


@pytest.mark.parametrize("points", GRIDS)
def test_closed_forms(points: int) -> None:
    gap = 1 / (points - 1)
    # A plateau for half the path, then a line up to 5: a fifth of the second half.
    check(PLATEAU_WIDTH, ramp(0.5, 1.0, 5.0), 0.6, points=points)
    check(PLATEAU_WIDTH, ramp(0.5, 1.0, 0.99), 1.0, censored=True, points=points)
    # Of two steps, the first of which stays below tau, the second ends the plateau.
    check(PLATEAU_WIDTH, two_steps(4, 0.5, 12, 8.0), (11 + 0.5 / 7.5) * gap, points=points)
    check(PLATEAU_WIDTH, two_steps(4, 2.0, 12, 8.0), (3 + 0.5) * gap, points=points)
    # 8 f^2 is 1 at 1 / sqrt(8); between points a and b its chord is 1 at a + (1/8 - a^2) / (a + b).
    a = gap * np.floor(1 / np.sqrt(8) / gap)
    check(PLATEAU_WIDTH, power(2, 8.0), a + (1 / 8 - a**2) / (2 * a + gap), points=points)


@pytest.mark.parametrize("points", GRIDS)
def test_a_logistic_ends_its_plateau_where_its_inverse_says(points: int) -> None:
    # Height 10 is left at a tenth of it: half a width before the centre.
    shape = logistic(0.527, 0.2, 10.0)
    check(PLATEAU_WIDTH, shape, chord_crossing(shape, 0.427, 1.0, points=points), points=points)
    # The chord of a convex curve lies above it, by at most gap^2 / 8 of its curvature: the
    # crossing comes early, by up to this.
    gap, scale = 1 / (points - 1), 0.2 / (2 * np.log(9))
    early = gap**2 / (8 * scale) * np.exp(gap / scale)
    check(PLATEAU_WIDTH, shape, 0.427 - early / 2, points=points, tolerance=early / 2 + 1e-6)


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
