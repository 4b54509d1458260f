from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.similarity import mixture_detection
from synact_bench.similarity.mixture_detection import CHUNK, NEIGHBOURS, between
from synact_bench.similarity.pool import Pool
from tests.helpers.clusters import Clusters


def pool_of(n: int, d: int, *, seed: int = 0) -> Pool:
    rng = np.random.default_rng(seed)
    return Pool(Clusters.draw(rng=rng, d=d).rows(n, rng=rng))


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@given(st.integers(0, 500))
def test_it_is_the_lowest_cosine_over_all_partners_of_the_aligned_rows(seed: int) -> None:
    pool = pool_of(60, 5, seed=seed)
    points = np.random.default_rng(seed + 1).normal(2, 4, size=(3, 5))
    expected = []
    for point, ends in zip(points, pool.view(points).aligned(k=NEIGHBOURS), strict=True):
        ways = unit(pool.rows - point)
        expected.append((ways[ends] @ ways.T).min())
    np.testing.assert_allclose(between(pool.view(points)), expected, atol=1e-4)


@pytest.mark.parametrize("weight", [0.5, 0.6, 0.7, 0.9, 0.95])
@pytest.mark.parametrize("d", [64, 200])
def test_mixtures_of_two_rows_lie_on_a_line_and_fresh_rows_do_not(weight: float, d: int) -> None:
    rng = np.random.default_rng(3)
    clusters = Clusters.draw(rng=rng, d=d)
    pool = Pool(clusters.rows(2000, rng=rng))
    first, second = pool.rows[rng.integers(2000, size=(2, 80))]
    mixed = weight * first + (1 - weight) * second
    found, fresh = between(pool.view(mixed)), between(pool.view(clusters.rows(80, rng=rng)))
    assert np.median(found) < -0.999
    assert np.quantile(found, 0.9) < fresh.min()  # the end is found, or a neighbour of it


def test_a_stored_row_counts_as_a_mixture() -> None:
    pool = pool_of(50, 8)
    np.testing.assert_array_equal(between(pool.view(pool.rows[:5])), -1)


def test_a_row_beyond_both_ends_is_not_between_them() -> None:
    line = np.arange(6, dtype=np.float32)[:, None] * np.ones((1, 3), dtype=np.float32)
    points = np.array([[9.0, 9.0, 9.0], [2.5, 2.5, 2.5]])
    np.testing.assert_allclose(between(Pool(line).view(points)), [1, -1], atol=1e-6)


def test_a_pool_without_variance_gives_numbers() -> None:
    pool = Pool(np.ones((4, 3), dtype=np.float32))
    points = np.array([[1.0, 1.0, 1.0], [2.0, 1.0, 1.0]])
    np.testing.assert_allclose(between(pool.view(points)), [-1, 1])


@pytest.mark.parametrize(("chunk", "tile"), [(1, 512), (7, 9), (64, 59)])
def test_neither_chunks_nor_tiles_change_anything(
    monkeypatch: pytest.MonkeyPatch, chunk: int, tile: int
) -> None:
    pool = pool_of(60, 8)
    points = pool_of(20, 8, seed=1).rows
    whole = between(pool.view(points))
    monkeypatch.setattr(mixture_detection, "CHUNK", chunk)
    monkeypatch.setattr(mixture_detection, "TILE", tile)
    np.testing.assert_allclose(between(pool.view(points)), whole, atol=1e-6)


@given(st.integers(0, 100), st.sampled_from([0.25, 3.0, 1000.0]))
def test_neither_units_nor_the_order_of_rows_matter(seed: int, unit: float) -> None:
    pool = pool_of(60, 8, seed=seed)
    rng = np.random.default_rng(seed)
    points = rng.normal(2, 4, size=(CHUNK + 2, 8))
    order = rng.permutation(len(points))
    scaled = between(Pool(unit * pool.rows).view(unit * points[order]))
    np.testing.assert_allclose(scaled, between(pool.view(points))[order], atol=1e-4)
