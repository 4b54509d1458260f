from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import ks_2samp, wasserstein_distance

from synact_bench.scoring.distances import kolmogorov_smirnov, mean_wasserstein1, wasserstein1

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


COLUMNS = 4
row_sets = st.integers(1, 7).flatmap(
    lambda rows: arrays(np.float64, (rows, COLUMNS), elements=st.floats(-6, 2))
)


def by_scipy(first, second) -> float:
    return float(
        np.mean([wasserstein_distance(first[:, n], second[:, n]) for n in range(first.shape[1])])
    )


@given(row_sets, row_sets)
def test_of_rows_it_is_scipys_distance_averaged_over_columns(first, second) -> None:
    found = mean_wasserstein1(first, second)
    assert found == pytest.approx(by_scipy(first, second), abs=1e-9)
    assert mean_wasserstein1(second, first) == pytest.approx(found, abs=1e-12)


@given(row_sets, st.randoms(use_true_random=False))
def test_a_set_is_at_no_distance_from_itself_in_any_order_and_number(rows, random) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    assert mean_wasserstein1(rows, rows[order]) == 0
    assert mean_wasserstein1(rows, np.concatenate([rows, rows])) == pytest.approx(0, abs=1e-12)


@given(row_sets, st.floats(-3, 3))
def test_a_set_is_as_far_as_it_is_shifted(rows, by: float) -> None:
    assert mean_wasserstein1(rows, rows + by) == pytest.approx(abs(by), abs=1e-9)


def test_columns_are_compared_not_rows() -> None:
    crossing, swapped = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.0, 0.0], [1.0, 1.0]])
    assert mean_wasserstein1(crossing, swapped) == 0


def test_one_column_is_the_distance_of_one_number() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=13), rng.normal(size=8)
    expected = wasserstein1(first, second)
    assert mean_wasserstein1(first[:, None], second[:, None]) == pytest.approx(expected)


def test_sets_of_equal_sizes_differ_by_their_sorted_columns() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 50, 9))
    expected = np.abs(np.sort(first, axis=0) - np.sort(second, axis=0)).mean()
    assert mean_wasserstein1(first, second) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (np.zeros((2, 3)), np.zeros((2, 4)), "same columns"),
        (np.zeros(3), np.zeros((2, 3)), "same columns"),
        (np.zeros((2, 3)), np.zeros(3), "same columns"),
        (np.zeros((0, 3)), np.zeros((2, 3)), "without rows"),
        (np.zeros((2, 3)), np.zeros((0, 3)), "without rows"),
        (np.full((2, 3), np.nan), np.zeros((2, 3)), "not finite"),
        (np.zeros((2, 3)), np.full((2, 3), np.inf), "not finite"),
    ],
)
def test_sets_that_cannot_be_compared_are_refused(first, second, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mean_wasserstein1(first, second)
