from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import ks_2samp

from synact_bench.scoring.distances import kolmogorov_smirnov, wasserstein1

samples = arrays(np.float64, st.integers(1, 30), elements=st.integers(-50, 50).map(float))


def distribution(sample, at):
    return (sample[None, :] <= at[:, None]).mean(axis=1)


@given(samples, samples)
def test_both_equal_their_closed_forms(first, second) -> None:
    everywhere = np.unique(np.concatenate([first, second]))
    gap = np.abs(distribution(first, everywhere) - distribution(second, everywhere))
    assert kolmogorov_smirnov(first, second) == pytest.approx(gap.max())
    area = (gap[:-1] * np.diff(everywhere)).sum()
    assert wasserstein1(first, second) == pytest.approx(area, abs=1e-9)


@given(samples, samples)
def test_both_are_symmetric_and_zero_on_equal_samples(first, second) -> None:
    for distance in (kolmogorov_smirnov, wasserstein1):
        assert distance(first, first) == 0
        assert distance(first, second) == pytest.approx(distance(second, first))


@given(samples, st.integers(-40, 40))
def test_a_shift_is_its_own_wasserstein_distance(first, shift: int) -> None:
    assert wasserstein1(first, first + shift) == pytest.approx(abs(shift), abs=1e-9)


def test_kolmogorov_smirnov_is_scipys() -> None:
    rng = np.random.default_rng(5)
    first, second = rng.normal(size=40), rng.normal(0.4, 1.5, size=55)
    assert kolmogorov_smirnov(first, second) == pytest.approx(ks_2samp(first, second).statistic)


def test_kolmogorov_smirnov_saturates_where_wasserstein_does_not() -> None:
    first = np.zeros(5)
    assert kolmogorov_smirnov(first, first + 1) == kolmogorov_smirnov(first, first + 9) == 1
    assert wasserstein1(first, first + 9) == 9


@pytest.mark.parametrize("distance", [kolmogorov_smirnov, wasserstein1])
def test_undefined_values_are_dropped_and_nothing_has_no_distance(distance) -> None:
    some, none = np.array([1.0, np.nan, 3.0]), np.array([np.nan])
    other = np.array([2.0, 5.0])
    assert distance(some, other) == distance(np.array([1.0, 3.0]), other)
    assert distance(some, none) is None
    assert distance(np.array([]), some) is None
