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


def check(first, second, *, wasserstein: float, ks: float) -> None:
    """Both distances, in both directions."""
    for left, right in ((first, second), (second, first)):
        assert wasserstein1(left, right) == pytest.approx(wasserstein, abs=1e-12)
        assert kolmogorov_smirnov(left, right) == pytest.approx(ks, abs=1e-12)


def uniform(n: int, length: float = 1.0):
    """``n`` numbers spread evenly over 0 to ``length``, each in the middle of its part."""
    return length * (np.arange(n) + 0.5) / n


sizes = st.integers(1, 40)


@given(sizes, st.integers(0, 60))
def test_an_even_sample_shifted_by_whole_spacings(n: int, shift: int) -> None:
    check(np.arange(n) * 1.0, np.arange(n) + float(shift), wasserstein=shift, ks=min(shift / n, 1))


@given(sizes, st.integers(1, 9))
def test_an_even_sample_against_a_finer_one(n: int, times: int) -> None:
    # Each number stands for `times` others about it, evenly apart; an odd one of them is itself.
    odd = times % 2
    moved = (times**2 - odd) / (4 * times**2)
    check(uniform(n), uniform(times * n), wasserstein=moved / n, ks=(times - odd) / (2 * times) / n)


@given(sizes, st.integers(2, 9))
def test_uniform_samples_of_different_lengths(parts: int, times: int) -> None:
    # The nth number of one is `times` the nth of the other; 1 / times of the longer are within.
    n = parts * times
    check(uniform(n), uniform(n, times), wasserstein=(times - 1) / 2, ks=1 - 1 / times)


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_samples_of_two_values_and_of_any_sizes(n: int, m: int, data) -> None:
    ones, others = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    first, second = (np.arange(n) < ones) * 1.0, (np.arange(m) < others) * 1.0
    apart = abs(ones / n - others / m)
    check(first, second, wasserstein=apart, ks=apart)
    check(7 * first, 7 * second, wasserstein=7 * apart, ks=apart)


@given(samples, st.integers(1, 5))
def test_how_often_a_sample_is_repeated_does_not_count(first, times: int) -> None:
    check(first, np.tile(first, times), wasserstein=0, ks=0)


def test_one_number_is_as_far_as_the_others_are_from_it_on_average() -> None:
    check(np.array([2.0]), np.array([0.0, 1.0, 5.0]), wasserstein=2.0, ks=2 / 3)


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
