from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from synact_bench.scoring.estimate import Estimate, mean, median

NOTHING = np.empty(0)
reps = arrays(np.float64, 5, elements=st.floats(-100, 100))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_an_estimate_is_finite(bad: float) -> None:
    with pytest.raises(ValueError, match="must be finite"):
        Estimate(bad)


def test_the_interval_is_the_middle_of_the_replicates() -> None:
    low, high = Estimate(7.0, np.arange(1001.0)).interval
    assert (low, high) == pytest.approx((25, 975))


def test_replicates_without_a_number_are_left_out_of_the_interval() -> None:
    holed = np.concatenate([[np.nan] * 300, np.arange(1001.0), [np.nan]])
    assert Estimate(7.0, holed).interval == Estimate(7.0, np.arange(1001.0)).interval


@pytest.mark.parametrize("replicates", [NOTHING, np.full(3, np.nan)])
def test_without_replicates_there_is_no_interval_and_no_error(replicates) -> None:
    estimate = Estimate(1.0, replicates)
    assert estimate.interval is None
    assert estimate.standard_error is None


def test_the_standard_error_is_the_standard_deviation_of_normal_replicates() -> None:
    normal = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert Estimate(0.0, 5 + 3 * normal).standard_error == pytest.approx(3, rel=1e-3)


def test_a_wild_replicate_does_not_change_the_standard_error() -> None:
    tame = np.sort(np.random.default_rng(0).normal(size=2000))
    wild = tame.copy()
    wild[-1], wild[0] = 1e9, -1e9
    assert Estimate(0.0, wild).standard_error == Estimate(0.0, tame).standard_error


@given(st.floats(-9, 9), st.floats(-9, 9), reps, reps)
def test_a_difference_is_paired(first, second, ours, theirs) -> None:
    difference = Estimate(first, ours) - Estimate(second, theirs)
    assert difference.value == first - second
    np.testing.assert_array_equal(difference.replicates, ours - theirs)


def test_what_two_rows_share_leaves_their_difference() -> None:
    common = np.random.default_rng(0).normal(size=500)
    difference = Estimate(3.0, 3 + common) - Estimate(1.0, 1 + common)
    assert difference.interval == pytest.approx((2, 2))
    assert difference.standard_error == pytest.approx(0, abs=1e-12)


def test_a_difference_with_what_was_not_resampled_has_no_replicates() -> None:
    difference = Estimate(3.0, np.ones(4)) - Estimate(1.0)
    assert difference.value == 2
    assert len(difference.replicates) == 0


@given(st.lists(st.tuples(st.floats(-9, 9), reps), min_size=1, max_size=5))
def test_a_mean_is_taken_replicate_by_replicate(parts) -> None:
    result = mean([Estimate(value, each) for value, each in parts])
    assert result.value == pytest.approx(np.mean([value for value, _ in parts]), abs=1e-9)
    expected = sum(each for _, each in parts) / len(parts)
    np.testing.assert_allclose(result.replicates, expected, atol=1e-9)


def test_a_mean_with_a_part_that_was_not_resampled_has_no_replicates() -> None:
    result = mean([Estimate(3.0, np.ones(4)), Estimate(1.0)])
    assert result.value == 2
    assert len(result.replicates) == 0


def test_nothing_has_no_mean() -> None:
    with pytest.raises(ValueError, match="nothing to average"):
        mean([])


def test_a_median_is_taken_replicate_by_replicate_and_no_part_decides_it() -> None:
    parts = [
        Estimate(0.2, np.array([0.1, 0.5])),
        Estimate(0.4, np.array([0.3, 0.2])),
        Estimate(-9.0, np.array([-8.0, -7.0])),
    ]
    found = median(parts)
    assert found.value == 0.2
    np.testing.assert_array_equal(found.replicates, [0.1, 0.2])


def test_a_median_with_a_part_that_was_not_resampled_has_no_replicates() -> None:
    found = median([Estimate(1.0, np.zeros(3)), Estimate(3.0)])
    assert (found.value, len(found.replicates)) == (2.0, 0)


def test_nothing_has_no_median() -> None:
    with pytest.raises(ValueError, match="no part has a median"):
        median([])
