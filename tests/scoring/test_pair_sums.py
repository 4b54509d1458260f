from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from synact_bench.scoring.pair_sums import TILE, DocumentOrder, pair_sums


def brute(first, second, place):
    many = place.max() + 1
    sums = np.zeros((many, many))
    for one, other in zip(first, second, strict=True):
        np.add.at(sums, (place[:, None], place[None, :]), cdist(one, other))
    return sums / len(first)


@pytest.mark.parametrize("paths", [7, TILE, 3 * TILE + 5])
@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e4])
def test_sums_are_those_of_all_pairs(paths: int, scale: float) -> None:
    rng = np.random.default_rng(paths)
    place = np.sort(rng.integers(0, max(2, paths // 3), size=paths))
    place = np.unique(place, return_inverse=True)[1]
    ends = np.cumsum(np.bincount(place))
    first = scale * rng.standard_t(2, size=(3, paths, 24))
    second = scale * (0.3 + rng.standard_t(2, size=(3, paths, 24)))
    np.testing.assert_allclose(
        pair_sums(first, second, ends), brute(first, second, place), rtol=1e-4
    )
    own, expected = pair_sums(first, None, ends), brute(first, first, place)
    for matrix in (own, expected):
        np.fill_diagonal(matrix, 0)
    np.testing.assert_allclose(own, expected, rtol=1e-4)
    np.testing.assert_array_equal(own, own.T)


def test_the_mean_of_many_pairs_keeps_seven_digits() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(2, 400, 24)) * np.exp(rng.normal(size=(2, 400, 1)))
    place = np.arange(400) // 2
    own, expected = pair_sums(rows, None, np.arange(2, 401, 2)), brute(rows, rows, place)
    for matrix in (own, expected):
        np.fill_diagonal(matrix, 0)
    assert own.sum() == pytest.approx(expected.sum(), rel=2e-7)


def test_one_large_document_is_a_tile_of_its_own() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(1, 2 * TILE + 3, 4))
    place = np.repeat([0, 1, 2], [2, 2 * TILE, 1])
    ends = np.cumsum(np.bincount(place))
    np.testing.assert_allclose(
        pair_sums(rows, rows + 5, ends), brute(rows, rows + 5, place), rtol=1e-5
    )


def test_paths_of_a_document_come_side_by_side() -> None:
    order = DocumentOrder.of(["b", "a", "b", "c"])
    assert order.documents == ("a", "b", "c")
    np.testing.assert_array_equal(order.paths, [1, 0, 2, 3])
    np.testing.assert_array_equal(order.ends, [1, 3, 4])
    with pytest.raises(ValueError, match="at least two, not 1"):
        DocumentOrder.of(["a", "a"])
