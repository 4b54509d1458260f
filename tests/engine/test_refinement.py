from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from synact_bench.core.curves import Curves
from synact_bench.engine import refinement
from synact_bench.engine.refinement import (
    STEEPENING,
    Sought,
    coarse,
    interpolated,
    most_wanted,
    refined,
)
from synact_bench.metrics import MetricSettings
from synact_bench.metrics.max_slope_step import max_slope_step
from synact_bench.metrics.plateau_width import plateau_width
from synact_bench.metrics.step_sharpness import step_sharpness

Floats = NDArray[np.float64]
LEVEL = 0.3
GRIDS = (17, 33, 51, 101)


def refine(l2: Floats, sought: Sought) -> NDArray[np.bool_]:
    """Which points are measured when nothing is wanted any more."""
    measured = np.zeros(l2.shape, bool)
    measured[:, coarse(l2.shape[1])] = True
    known = np.where(measured, l2, 0.0)

    def ask(wanted: NDArray[np.intp]) -> None:
        active = np.flatnonzero(wanted[:, 0] >= 0)
        assert len(active)
        for row in active:
            assert not measured[row, wanted[row]].any()
            measured[row, wanted[row]] = True
            known[row, wanted[row]] = l2[row, wanted[row]]

    found, _ = refined(known, np.zeros(l2.shape), measured, sought, ask)
    np.testing.assert_array_equal(found[measured], l2[measured])
    return measured


STEEPEST = Sought(steepest=True)


def whole(l2: Floats, measured: NDArray[np.bool_], sought: Sought) -> Floats:
    """l2 as a sweep would return it."""
    return interpolated(np.where(measured, l2, 0.0), np.zeros(l2.shape), measured, sought)[0]


def curves(l2: Floats, measured: NDArray[np.bool_] | None = None) -> Curves:
    """l2 as curves, interpolated where not measured."""
    fractions = np.linspace(0, 1, l2.shape[1])
    if measured is not None:
        l2 = whole(l2, measured, STEEPEST)
    rows = l2.astype(np.float32)
    return Curves(fractions, rows, np.zeros_like(rows))


def stretches(measured: NDArray[np.bool_]) -> list[tuple[int, int]]:
    known = np.flatnonzero(measured)
    return [(int(a), int(b)) for a, b in pairwise(known) if b - a > 1]


def keeps_its_word(curve: Floats, measured: NDArray[np.bool_], steepening: float) -> bool:
    """Whether no unmeasured stretch hides more than the guarantee supposes."""
    rises = np.diff(curve)
    steepest = rises[measured[1:] & measured[:-1]].max(initial=-np.inf)
    return all(
        rises[a:b].max()
        <= max(steepest, (1 + steepening * (b - a - 1)) * (curve[b] - curve[a]) / (b - a))
        for a, b in stretches(measured)
    )


@st.composite
def walks(draw: st.DrawFn) -> Floats:
    """A curve from 0 that mostly rises, on one of the grids."""
    points = draw(st.sampled_from(GRIDS))
    seed, falls = draw(st.integers(0, 2**32 - 1)), draw(st.sampled_from([0.0, 0.1, 0.4]))
    rng = np.random.default_rng(seed)
    smooth = draw(st.sampled_from([1, 3, 8]))
    steps = rng.gamma(draw(st.sampled_from([0.3, 1.0, 5.0])), size=points + smooth - 2) - falls
    steps = np.convolve(steps, np.ones(smooth) / smooth, mode="valid")
    return np.abs(np.concatenate([[0.0], np.cumsum(steps)]))


def logistic(centre: Floats, width: Floats, points: int) -> Floats:
    """Steps of given centres and widths, from 0 toward 1, ``[paths, points]``."""
    position = np.linspace(0, 1, points)
    shape = 1 / (1 + np.exp(-(position - centre[:, None]) / width[:, None]))
    return shape - shape[:, :1]


@pytest.mark.parametrize("points", [2, 3, 5, 11, *GRIDS, 401])
def test_the_coarse_grid_has_both_ends_and_no_long_stretch(points):
    first = coarse(points)
    assert first[0] == 0
    assert first[-1] == points - 1
    assert np.diff(first).min() >= 1
    assert np.diff(first).max() <= refinement.LONGEST


@given(walks())
def test_the_steepest_interval_is_found_where_stretches_are_not_too_steep_inside(curve):
    measured = refine(curve[None], Sought(steepest=True))
    assume(keeps_its_word(curve, measured[0], STEEPENING))
    rises = np.diff(curve)
    known = measured[0, 1:] & measured[0, :-1]
    assert rises[known].max() >= rises.max() - 2 * refinement.ROUNDING * curve.max()


@given(walks())
def test_nothing_interpolated_is_steeper_than_what_was_measured(curve):
    measured = refine(curve[None], STEEPEST)
    rises = np.diff(whole(curve[None], measured, STEEPEST)[0])
    run = measured[0, 1:] & measured[0, :-1]
    if run.any() and curve.max() > 0:
        assert rises.max() <= rises[run].max() + 2 * refinement.ROUNDING * curve.max()


def test_the_end_of_a_path_is_no_steeper_than_what_was_measured():
    rises = np.concatenate([np.full(27, 1.65), np.full(3, -4.0), [1.0, 1.0]])
    curve = np.concatenate([[0.0], np.cumsum(rises)])[None]
    measured = np.ones(curve.shape, bool)
    measured[0, [28, 29, 31]] = False
    cubic = whole(curve, measured, Sought(level=1.0))
    assert np.diff(cubic).max() > 1.7
    assert np.diff(whole(curve, measured, STEEPEST)).max() == pytest.approx(1.65)


@given(walks(), st.floats(0.01, 1.2))
def test_nothing_interpolated_crosses_before_what_was_measured(curve, share):
    level, sought = share * curve.max(), Sought(level=share * curve.max())
    measured = refine(curve[None], sought)
    above = whole(curve[None], measured, sought)[0] > level
    known = measured[0] & (curve > level)
    assert above.any() == known.any()
    if known.any():
        assert above.argmax() == known.argmax()


@given(walks())
def test_of_a_rising_curve_nothing_need_be_assumed_at_full_steepening(curve):
    rising = np.maximum.accumulate(curve)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refinement, "STEEPENING", 1.0)
        measured = refine(rising[None], Sought(steepest=True))
    assert keeps_its_word(rising, measured[0], 1.0)
    rises = np.diff(rising)
    known = measured[0, 1:] & measured[0, :-1]
    assert rises[known].max() >= rises.max() - 2 * refinement.ROUNDING * rising.max()


@given(walks(), st.floats(0.01, 1.2))
def test_the_first_crossing_is_found_where_none_is_jumped_over(curve, share):
    level = share * curve.max()
    measured = refine(curve[None], Sought(level=level))[0]
    for a, b in stretches(measured):
        assume(curve[a] > level or curve[b] > level or curve[a : b + 1].max() <= level)
    above = curve > level
    if above.any():
        first = int(above.argmax())
        assert measured[first]
        assert first == 0 or measured[first - 1]


@pytest.mark.parametrize("points", GRIDS)
def test_metrics_of_smooth_steps_are_those_of_the_whole_grid(points):
    rng = np.random.default_rng(points)
    l2 = logistic(rng.uniform(0.1, 0.9, 300), rng.uniform(0.02, 0.3, 300), points)
    settings = MetricSettings(tau=LEVEL, absolute_length=1.0)
    whole = curves(l2)
    both = refine(l2, Sought(steepest=True, level=LEVEL))
    part = curves(l2, both)
    for metric in (max_slope_step, step_sharpness, plateau_width):
        expected, found = metric(whole, settings), metric(part, settings)
        np.testing.assert_array_equal(found.censored, expected.censored)
        np.testing.assert_allclose(found.values, expected.values, rtol=1e-6)
    assert both.mean() < (0.95 if points < 33 else 0.75)


def test_a_sharp_step_costs_few_points():
    l2 = logistic(np.array([0.3, 0.5, 0.72]), np.full(3, 0.03), 101)
    assert refine(l2, Sought(steepest=True)).mean() < 0.35
    assert refine(l2, Sought(level=LEVEL)).mean() < 0.27


def test_a_straight_line_is_measured_whole_for_its_steepest_interval():
    line = np.linspace(0, 1, 51)[None]
    assert refine(line, Sought(steepest=True)).all()
    assert refine(line, Sought(level=0.5)).sum() <= len(coarse(51)) + 4


def test_a_curve_that_never_crosses_needs_nothing_more():
    low = np.linspace(0, 0.2, 51)[None]
    np.testing.assert_array_equal(np.flatnonzero(refine(low, Sought(level=LEVEL))), coarse(51))


def test_a_flat_curve_needs_nothing_more():
    flat = np.zeros((1, 51))
    assert refine(flat, Sought(steepest=True)).sum() == len(coarse(51))


@pytest.mark.parametrize("sought", [Sought(steepest=True), Sought(level=LEVEL)])
def test_paths_do_not_depend_on_each_other(sought):
    rng = np.random.default_rng(0)
    l2 = logistic(rng.uniform(0.1, 0.9, 20), rng.uniform(0.02, 0.2, 20), 51)
    together = refine(l2, sought)
    alone = np.concatenate([refine(row[None], sought) for row in l2])
    np.testing.assert_array_equal(together, alone)


def test_fewer_points_than_asked_for_are_repeated():
    measured = np.ones((1, 9), bool)
    measured[0, 4] = False
    l2 = np.linspace(0, 1, 9)[None]
    assert most_wanted(l2, measured, Sought(steepest=True), 3).tolist() == [[4, 4, 4]]


@given(walks(), st.integers(0, 2**32 - 1))
def test_interpolation_keeps_what_is_measured_and_what_rises(curve, seed):
    rng = np.random.default_rng(seed)
    measured = rng.random((1, len(curve))) < 0.5
    measured[:, [0, -1]] = True
    rising = np.maximum.accumulate(curve)[None]
    l2, kl = interpolated(
        np.where(measured, rising, -1), np.where(measured, rising, 9), measured, Sought()
    )
    np.testing.assert_array_equal(l2[measured], rising[measured])
    np.testing.assert_allclose(kl[measured], rising[measured], rtol=1e-12, atol=1e-300)
    slack = 1e-12 * rising.max()
    assert np.diff(l2[0]).min() >= -slack
    assert np.diff(kl[0]).min() >= -slack


def test_a_broken_curve_stays_broken():
    l2 = np.array([[0.0, 0.0, np.nan, 0.0, 1.0]])
    measured = np.array([[True, False, True, False, True]])
    found, _ = interpolated(l2, l2, measured, STEEPEST)
    assert np.isnan(found[0, 2])
    assert (most_wanted(l2, measured, Sought(steepest=True, level=0.5), 2) == -1).all()
