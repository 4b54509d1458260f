from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from synact_bench.similarity.pool import CHUNK, Pool, View, lengths


def normal(n: int, d: int = 6, *, seed: int = 0, at: float = 0.0) -> np.ndarray:
    return (at + np.random.default_rng(seed).normal(size=(n, d))).astype(np.float32)


def cosines(first, second):
    return 1 - cdist(first.astype(np.float64), second.astype(np.float64), "cosine")


@given(st.integers(0, 1000), st.floats(-50, 50), st.integers(2, 40))
def test_nearest_and_spacing_are_those_of_all_pairs(seed: int, at: float, n: int) -> None:
    pool, points = Pool(normal(n, seed=seed, at=at)), normal(9, seed=seed + 1, at=at)
    apart = cdist(points.astype(np.float64), pool.rows.astype(np.float64))
    distances, ids = pool.nearest(points)
    np.testing.assert_allclose(distances, apart.min(axis=1), rtol=1e-9)
    np.testing.assert_array_equal(ids, apart.argmin(axis=1))
    within = cdist(pool.rows.astype(np.float64), pool.rows.astype(np.float64))
    np.fill_diagonal(within, np.inf)
    np.testing.assert_allclose(pool.spacing(ids), within.min(axis=1)[ids], rtol=1e-9)


def test_a_stored_row_is_at_no_distance_however_far_out() -> None:
    pool = Pool(normal(500, 64, at=300))
    distances, ids = pool.nearest(pool.rows[::7])
    assert not distances.any()
    np.testing.assert_array_equal(ids, np.arange(0, 500, 7))


def test_a_row_stored_twice_has_no_spacing() -> None:
    rows = normal(20)
    rows[4] = rows[11]
    spacing = Pool(rows).spacing(np.arange(20))
    assert (spacing == 0).nonzero()[0].tolist() == [4, 11]


def test_the_number_of_points_asked_about_at_once_changes_nothing() -> None:
    pool, points = Pool(normal(50)), normal(CHUNK + 3, seed=1)
    whole: Any
    parts: Any
    for whole, parts in (
        ([pool.nearest(points)[0]], [pool.nearest(each[None])[0] for each in points]),
        *(
            (
                [ask(each) for each in pool.views(points)],
                [ask(pool.view(each[None])) for each in points],
            )
            for ask in (View.angle, View.authentic, lambda seen: seen.aligned(k=2))
        ),
    ):
        np.testing.assert_array_equal(np.concatenate(whole), np.concatenate(parts))


@given(st.integers(0, 1000), st.floats(-50, 50), st.integers(2, 40))
def test_authentic_points_lie_farther_away_than_the_nearest_row_from_others(
    seed: int, at: float, n: int
) -> None:
    pool = Pool(normal(n, seed=seed, at=at))
    points = np.concatenate([normal(9, seed=seed + 1, at=at), pool.rows[:1]])
    distances, ids = pool.nearest(points)
    within = cdist(pool.rows.astype(np.float64), pool.rows.astype(np.float64))
    np.fill_diagonal(within, np.inf)
    expected = distances > within.min(axis=1)[ids]
    np.testing.assert_array_equal(pool.view(points).authentic(), expected)


def test_a_spacing_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, asked = Pool(normal(20)), []
    search = View.nearest_but
    monkeypatch.setattr(
        View, "nearest_but", lambda seen, own: asked.extend(own) or search(seen, own)
    )
    first, second = pool.spacing(np.array([3, 7, 3])), pool.spacing(np.array([7, 1, 3]))
    assert first.tolist() == second[[2, 0, 2]].tolist()
    assert asked == [3, 7, 1]


@given(st.integers(0, 1000), st.floats(-3, 3))
def test_aligned_rows_have_the_largest_cosines_about_the_mean(seed: int, at: float) -> None:
    pool, points = Pool(normal(30, seed=seed, at=at)), normal(5, seed=seed + 1)
    expected = cosines(points - pool.centre, pool.rows - pool.centre)
    found = np.take_along_axis(expected, pool.view(points).aligned(k=3), axis=1)
    np.testing.assert_allclose(found, -np.sort(-expected, axis=1)[:, :3], atol=1e-5)


@given(st.integers(0, 1000), st.floats(-3, 3))
def test_the_angle_is_the_smallest_seen_from_the_origin(seed: int, at: float) -> None:
    pool, points = Pool(normal(30, seed=seed, at=at)), normal(5, seed=seed + 1)
    expected = np.arccos(np.clip(cosines(points, pool.rows), -1, 1)).min(axis=1)
    np.testing.assert_allclose(pool.view(points).angle(), expected, atol=1e-6)


def test_a_rescaled_row_is_at_no_angle_but_its_opposite_and_the_origin_are() -> None:
    pool = Pool(np.eye(4, dtype=np.float32))
    points = np.array([[0, 0.3, 0, 0], [0, -2, 0, 0], [0, 0, 0, 0]], dtype=np.float32)
    np.testing.assert_allclose(pool.view(points).angle(), [0, np.pi / 2, np.pi / 2], atol=1e-12)
    opposite = Pool(-np.ones((2, 3), dtype=np.float32)).view(np.ones((1, 3)))
    assert opposite.angle() == pytest.approx(np.pi)


def test_shadows_keep_distances_where_all_axes_are_kept() -> None:
    pool = Pool(normal(40))
    assert pool.axes.shape == (6, 6)
    np.testing.assert_allclose(
        cdist(pool.shadows, pool.shadows), cdist(pool.rows, pool.rows), atol=1e-5
    )
    assert Pool(normal(90, 80)).shadows.shape == (90, 64)


def test_the_axes_kept_are_those_of_the_largest_variance() -> None:
    scales = np.r_[np.full(64, 5.0), np.full(16, 0.1)]
    rows = (normal(400, 80) * scales).astype(np.float32)
    kept = Pool(rows).shadows.var(axis=0).sum() / rows.var(axis=0).sum()
    assert kept > 0.99


def test_the_smallest_pool_answers() -> None:
    pool = Pool(np.array([[0.0, 0.0], [3.0, 4.0]], dtype=np.float32))
    np.testing.assert_allclose(pool.spacing(np.array([0, 1])), 5)
    assert pool.view(np.ones((1, 2))).aligned(k=8).shape == (1, 2)


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        (np.zeros((1, 3), dtype=np.float32), r"not \[1, 3\] float32"),
        (np.zeros((4, 3)), r"not \[4, 3\] float64"),
        (np.zeros(4, dtype=np.float32), r"not \[4\] float32"),
        (np.full((4, 3), np.nan, dtype=np.float32), "not finite"),
    ],
)
def test_what_is_no_pool_is_refused(rows, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        Pool(rows)


def test_lengths_are_summed_in_float64() -> None:
    assert lengths(np.full((1, 2), 1e30, dtype=np.float32))[0] == pytest.approx(2**0.5 * 1e30)
