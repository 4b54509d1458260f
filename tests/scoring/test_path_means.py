from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from synact_bench.scoring import Resampling
from synact_bench.scoring.path_means import mean_over, ratio_of_means

MANY = [f"d{place % 25}" for place in range(60)]


def resampled(documents: list[str] = MANY, *, replicates: int = 400) -> Resampling:
    return Resampling.bootstrap(documents, rng=np.random.default_rng(0), replicates=replicates)


def test_a_replicate_is_the_mean_over_the_paths_of_its_documents() -> None:
    values = np.random.default_rng(1).standard_normal(60)
    resampling = resampled(replicates=5)
    found = mean_over(values, MANY, resampling)
    assert found.value == pytest.approx(values.mean())
    for counts, replicate in zip(resampling.counts, found.replicates, strict=True):
        weights = counts[resampling.of(MANY)]
        assert replicate == pytest.approx(np.average(values, weights=weights), rel=1e-6)


def test_the_interval_is_scipy_s_where_each_path_is_a_document() -> None:
    documents = [f"d{place}" for place in range(200)]
    values = np.random.default_rng(2).gamma(2.0, size=200)
    found = mean_over(values, documents, resampled(documents, replicates=4000)).interval
    assert found is not None
    rng = np.random.default_rng(3)
    other = stats.bootstrap((values,), np.mean, method="percentile", rng=rng, n_resamples=4000)
    expected = other.confidence_interval
    np.testing.assert_allclose(found, (expected.low, expected.high), atol=0.02)


@given(st.integers(0, 2**31), st.floats(0.01, 100))
def test_a_ratio_knows_no_unit_and_is_one_of_equal_means(seed: int, scale: float) -> None:
    first, second = np.random.default_rng(seed).uniform(0.1, 2, (2, 60))
    plain = ratio_of_means(first, second, MANY, resampled(replicates=20))
    scaled = ratio_of_means(scale * first, scale * second, MANY, resampled(replicates=20))
    assert scaled.value == pytest.approx(plain.value)
    np.testing.assert_allclose(scaled.replicates, plain.replicates)
    same = ratio_of_means(first, first, MANY, resampled(replicates=20))
    assert same.value == pytest.approx(1)
    np.testing.assert_allclose(same.replicates, 1)


def test_few_documents_have_a_value_and_no_replicates() -> None:
    few = ["a", "b", "c"]
    found = mean_over(np.array([1.0, 2.0, 6.0]), few, resampled(MANY + few))
    assert found.value == 3
    assert found.interval is None
    assert mean_over(np.ones(3), few, resampled(few)).interval is None


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([], [], "0 and 0 values"),
        ([1.0, 2.0], [1.0], "2 and 1 values"),
        ([1.0, np.nan], [1.0, 1.0], "not finite"),
        ([1.0, 2.0], [1.0, np.inf], "not finite"),
        ([1.0, 2.0], [0.0, 0.0], "mean of 0"),
    ],
)
def test_what_has_no_mean_is_refused(first: list[float], second: list[float], message: str) -> None:
    names = [f"d{place}" for place in range(len(first))]
    with pytest.raises(ValueError, match=message):
        ratio_of_means(np.array(first), np.array(second), names, resampled(MANY + names))
