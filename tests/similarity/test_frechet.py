from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.linalg import sqrtm

from synact_bench.similarity.frechet import Moments, frechet

D = 5


def normal(n: int, *, seed: int, d: int = D) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)


def moments(rows: np.ndarray) -> Moments:
    return Moments.of(rows.mean(axis=0), np.cov(rows.T))


def plain(one: np.ndarray, other: np.ndarray) -> float:
    """By scipy's root of a matrix that is not symmetric."""
    first, second = np.cov(one.T), np.cov(other.T)
    shift = one.mean(axis=0) - other.mean(axis=0)
    root = sqrtm(first @ second).real
    return float(shift @ shift + np.trace(first + second - 2 * root))


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_scipy_gives_for_full_covariances(seed: int) -> None:
    sample, real = normal(40, seed=2 * seed), normal(300, seed=2 * seed + 1)
    assert frechet(sample, moments(real)).value == pytest.approx(plain(sample, real), rel=1e-6)


def test_of_diagonal_covariances_it_is_a_sum_over_coordinates() -> None:
    half = np.diag([1.0, 2.0, 3.0])
    sample = np.concatenate([half, -half]) + np.array([4, 0, 0])
    real = Moments.of(np.zeros(3), np.diag([1.0, 4.0, 0.0]))
    deviations = np.sqrt(2 / 5) * np.array([1, 2, 3])
    expected = 16 + ((deviations - [1, 2, 0]) ** 2).sum()
    assert frechet(sample, real).value == pytest.approx(expected)


def test_the_same_sample_is_at_no_distance_even_with_outliers_and_few_rows() -> None:
    many, few = normal(50, seed=1), normal(3, seed=2)
    many[:, 0] *= 1e4
    for rows in (many, few):
        assert frechet(rows, moments(rows)).value < 1e-9 * rows.var()


def test_equal_rows_are_as_far_as_all_variance_of_real_and_their_shift() -> None:
    real = normal(100, seed=3)
    sample = np.tile(real.mean(axis=0) + 1, (8, 1))
    found = frechet(sample, moments(real))
    assert found.value == pytest.approx(D + np.trace(np.cov(real.T)))
    np.testing.assert_allclose(found.influences, 0, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    turn=arrays(np.float64, (D, D), elements=st.floats(-1, 1)),
    unit=st.floats(0.01, 100),
)
def test_turning_and_scaling_both_scales_the_distance_alone(seed, turn, unit) -> None:
    turned = np.linalg.qr(turn)[0] * unit
    sample, real = normal(12, seed=seed), normal(60, seed=seed + 1)
    before = frechet(sample, moments(real))
    after = frechet(sample @ turned, moments(real @ turned))
    assert after.value == pytest.approx(unit**2 * before.value, rel=1e-6, abs=1e-9)
    np.testing.assert_allclose(
        after.influences, unit**2 * before.influences, rtol=1e-5, atol=1e-6 * unit**2
    )


@pytest.mark.parametrize("n", [30, 4])
def test_influences_are_what_weights_change(n: int) -> None:
    """Also of fewer rows than dimensions: a weight never leads out of what they span."""
    sample, real = normal(n, seed=5), moments(normal(200, seed=6))
    found, step = frechet(sample, real), 1e-5

    def weighted(weights: np.ndarray) -> float:
        share = weights / weights.sum()
        mean = share @ sample
        centred = (sample - mean) * np.sqrt(share * n / (n - 1))[:, None]
        roots = np.linalg.svd(centred @ real.root, compute_uv=False)
        shift = mean - real.mean
        return float(shift @ shift + (centred**2).sum() + real.variance - 2 * roots.sum())

    assert found.influences.mean() == pytest.approx(0, abs=1e-9)
    assert weighted(np.ones(n)) == pytest.approx(found.value)
    for row in range(n):
        more, less = np.ones(n), np.ones(n)
        more[row] += step
        less[row] -= step
        slope = (weighted(more) - weighted(less)) / (2 * step)
        assert n * slope == pytest.approx(found.influences[row], rel=1e-4, abs=1e-5)


def test_more_rows_of_the_same_distribution_are_nearer() -> None:
    rows = normal(2000, seed=7)
    real = moments(rows)
    means = [np.mean([frechet(part, real).value for part in np.split(rows, k)]) for k in (50, 5)]
    assert means[0] > 3 * means[1]
