from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import wasserstein_distance

from synact_bench.metrics.kl_curve_gap import kl_curve_gap, log_kl
from tests.helpers.curve_shapes import curves_of

POINTS = 4
log_kl_sets = st.integers(1, 7).flatmap(
    lambda paths: arrays(np.float64, (paths, POINTS), elements=st.floats(-6, 2))
)


def by_scipy(first, second) -> float:
    return float(
        np.mean([wasserstein_distance(first[:, n], second[:, n]) for n in range(first.shape[1])])
    )


@given(log_kl_sets, log_kl_sets)
def test_it_is_scipys_distance_averaged_over_points(first, second) -> None:
    assert kl_curve_gap(first, second) == pytest.approx(by_scipy(first, second), abs=1e-9)
    assert kl_curve_gap(second, first) == pytest.approx(kl_curve_gap(first, second), abs=1e-12)


@given(log_kl_sets, st.randoms(use_true_random=False))
def test_a_set_is_at_no_distance_from_itself_in_any_order_and_number(rows, random) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    assert kl_curve_gap(rows, rows[order]) == 0
    assert kl_curve_gap(rows, np.concatenate([rows, rows])) == pytest.approx(0, abs=1e-12)


@given(log_kl_sets, st.floats(-3, 3))
def test_a_shift_by_decades_is_a_gap_of_as_many(rows, decades: float) -> None:
    assert kl_curve_gap(rows, rows + decades) == pytest.approx(abs(decades), abs=1e-9)


def test_equal_sizes_are_a_difference_of_sorted_columns() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 50, 9))
    expected = np.abs(np.sort(first, axis=0) - np.sort(second, axis=0)).mean()
    assert kl_curve_gap(first, second) == pytest.approx(expected)


def test_the_logarithm_is_offset_and_rounding_below_zero_is_nothing() -> None:
    rows = log_kl(curves_of(np.array([0.0, -1e-5, 1.0, 99.0]), kl=True))
    np.testing.assert_allclose(rows, [[-6, -6, 0, np.log10(99)]], atol=1e-6)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (np.zeros((2, 3)), np.zeros((2, 4)), "same points"),
        (np.zeros(3), np.zeros((2, 3)), "same points"),
        (np.zeros((2, 3)), np.zeros(3), "same points"),
        (np.zeros((0, 3)), np.zeros((2, 3)), "without paths"),
        (np.zeros((2, 3)), np.zeros((0, 3)), "without paths"),
        (np.full((2, 3), np.nan), np.zeros((2, 3)), "not finite"),
        (np.zeros((2, 3)), np.full((2, 3), np.inf), "not finite"),
    ],
)
def test_sets_that_cannot_be_compared_are_refused(first, second, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kl_curve_gap(first, second)
