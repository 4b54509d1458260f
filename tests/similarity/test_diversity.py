from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ortho_group

from synact_bench.similarity.diversity import (
    FEWEST,
    Diversity,
    diversity,
    effective_rank,
    real_spread,
)
from tests.helpers.clusters import Clusters, gaussian_like

N = 120


@pytest.fixture(scope="module")
def clusters() -> Clusters:
    return Clusters.draw(rng=np.random.default_rng(0))


@pytest.fixture(scope="module")
def heldout(clusters: Clusters):
    return clusters.rows(800, rng=np.random.default_rng(1))


@pytest.fixture(scope="module")
def real(heldout):
    return real_spread(heldout, n=N, rng=np.random.default_rng(2), latents=heldout > 6)


def test_the_effective_rank_counts_equal_directions() -> None:
    axes = np.concatenate([np.eye(5), -np.eye(5)])
    assert effective_rank(axes) == pytest.approx(5)
    assert effective_rank(axes[:, :3]) == pytest.approx(3)
    assert effective_rank(np.eye(5)[:3]) == pytest.approx(2)  # about their mean


def test_the_effective_rank_weighs_unequal_directions_by_entropy() -> None:
    rows = np.diag([2.0, 1.0])
    rows = np.concatenate([rows, -rows])
    shares = np.array([0.8, 0.2])
    assert effective_rank(rows) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()))


@given(st.integers(0, 200), st.integers(2, 12), st.integers(2, 12), st.floats(0.01, 100))
def test_the_effective_rank_is_bounded_and_knows_no_basis_unit_or_origin(
    seed: int, n: int, d: int, unit: float
) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, d))
    rank = effective_rank(rows)
    assert 1 <= rank <= min(n - 1, d) + 1e-9
    turned = unit * (rows @ ortho_group.rvs(d, random_state=seed)) + rng.normal(size=d)
    assert effective_rank(rng.permutation(turned)) == pytest.approx(rank)


@pytest.mark.parametrize("value", [0.0, 0.1, 1234.5])
def test_rows_that_do_not_vary_have_no_rank(value: float) -> None:
    assert effective_rank(np.full((50, 7), value, dtype=np.float32)) == 0
    assert effective_rank(np.full((3, 7), value)) == 0


@pytest.mark.parametrize("seed", range(5))
def test_real_draws_and_gaussians_of_the_same_covariance_are_not_collapsed(
    clusters, heldout, real, seed: int
) -> None:
    rng = np.random.default_rng(10 + seed)
    fresh = diversity(clusters.rows(N, rng=rng), real)
    assert fresh.spread.coverage == pytest.approx(fresh.lowest.coverage, rel=0.3)
    assert fresh.lowest.precision < 1  # the draws are not the rows they are measured against
    for sample in (clusters.rows(N, rng=rng), gaussian_like(heldout, N, rng=rng)):
        assert diversity(sample, real, latents=sample > 6).flags == ()


@pytest.mark.parametrize("vectors", [1, 10, 40])
def test_repeated_vectors_are_collapsed(clusters, real, vectors: int) -> None:
    few = clusters.rows(vectors, rng=np.random.default_rng(3))
    result = diversity(np.repeat(few, N // vectors, axis=0), real)
    assert result.flags == ("collapsed",)
    assert result.spread.distinct_rows == vectors


def test_one_direction_is_collapsed_though_all_rows_differ(clusters, real) -> None:
    rng = np.random.default_rng(3)
    line = clusters.rows(1, rng=rng) + rng.normal(size=(N, 1)) * rng.normal(size=(1, 64))
    result = diversity(line, real)
    assert result.spread.effective_rank == pytest.approx(1)
    assert result.spread.distinct_rows == N
    assert result.flags == ("collapsed",)


def test_few_modes_of_real_are_collapsed_by_their_coverage(clusters, heldout, real) -> None:
    modes = Clusters(clusters.centres[:4]).rows(N, rng=np.random.default_rng(3))
    result = diversity(modes, real)
    assert result.spread.precision >= 0.9 * result.lowest.precision
    assert result.spread.coverage < 0.5 * result.lowest.coverage
    assert result.flags == ("collapsed",)


def test_few_latents_are_collapsed(clusters, real) -> None:
    sample = clusters.rows(N, rng=np.random.default_rng(3))
    fires = np.zeros(sample.shape, dtype=bool)
    fires[:, :20] = True
    result = diversity(sample, real, latents=fires)
    assert result.spread.distinct_latents == 20
    assert result.flags == ("collapsed",)
    assert diversity(sample, real).spread.distinct_latents is None


def test_neither_order_nor_units_matter(clusters, heldout) -> None:
    sample = clusters.rows(N, rng=np.random.default_rng(3))
    results = [
        diversity(
            unit * sample[order], real_spread(unit * heldout, n=N, rng=np.random.default_rng(2))
        )
        for unit, order in ((1, slice(None)), (4, slice(None, None, -1)))
    ]
    assert results[0].spread.effective_rank == pytest.approx(results[1].spread.effective_rank)
    assert results[0].spread.coverage == results[1].spread.coverage
    assert results[0].flags == results[1].flags


@pytest.mark.parametrize("n", [1, 2, FEWEST - 1])
def test_too_few_rows_are_not_judged(heldout, real, n: int) -> None:
    nothing = Diversity(None, None, ())
    assert real_spread(heldout, n=n, rng=np.random.default_rng(0)) is None
    assert diversity(heldout[:n], None) == nothing
    assert diversity(heldout[:n], real) == nothing


def test_the_fewest_rows_are_judged(heldout, clusters) -> None:
    real = real_spread(heldout, n=FEWEST, rng=np.random.default_rng(0))
    fresh = clusters.rows(FEWEST, rng=np.random.default_rng(3))
    assert diversity(fresh, real).flags == ()
    assert diversity(np.repeat(fresh[:1], FEWEST, axis=0), real).flags == ("collapsed",)


def test_more_rows_than_half_of_heldout_are_compared_by_their_first(heldout, clusters) -> None:
    real = real_spread(heldout[:100], n=N, rng=np.random.default_rng(0))
    assert real.size == 50
    sample = clusters.rows(N, rng=np.random.default_rng(3))
    assert diversity(sample, real) == diversity(sample[:50], real)
