from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, norm

from synact_bench.similarity.data_copying import (
    FEWEST,
    cell_centres,
    copying_statistic,
    copying_threshold,
    nearest_centre,
)

counts = st.integers(FEWEST, 40)


def in_one_cell(values):
    return np.asarray(values, dtype=np.float64), np.zeros(len(values), dtype=np.int64)


@given(st.integers(0, 1000), counts, counts)
def test_in_one_cell_it_is_the_score_of_scipys_rank_sum_test(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    own, other = rng.integers(0, 12, size=n), rng.integers(0, 15, size=m)  # with ties
    z = copying_statistic(*in_one_cell(own), *in_one_cell(other))
    test = mannwhitneyu(own, other, alternative="less", method="asymptotic", use_continuity=False)
    assert norm.cdf(z) == pytest.approx(test.pvalue, abs=1e-9)


def test_nearer_than_heldout_is_negative_and_farther_positive() -> None:
    heldout = in_one_cell(np.arange(100.0))
    near = copying_statistic(*in_one_cell(np.zeros(50)), *heldout)
    far = copying_statistic(*in_one_cell(np.full(50, 200.0)), *heldout)
    assert near < -8
    assert far > 8


def test_cells_weigh_as_much_as_they_hold_of_heldout() -> None:
    rng = np.random.default_rng(0)
    own, other = rng.random(40), rng.random(100)
    own_cells, other_cells = np.repeat([0, 1], 20), np.repeat([0, 1], [75, 25])
    parts = [
        copying_statistic(
            *in_one_cell(own[own_cells == cell]), *in_one_cell(other[other_cells == cell])
        )
        for cell in (0, 1)
    ]
    whole = copying_statistic(own, own_cells, other, other_cells)
    assert whole == pytest.approx(0.75 * parts[0] + 0.25 * parts[1])


def test_cells_too_small_are_left_out() -> None:
    own, other = np.random.default_rng(1).random((2, 30))
    cells = np.repeat([0, 1], [30 - FEWEST + 1, FEWEST - 1])
    expected = copying_statistic(*in_one_cell(own[cells == 0]), *in_one_cell(other[cells == 0]))
    assert copying_statistic(own, cells, other, cells) == pytest.approx(expected)
    assert copying_statistic(own, cells, other, 1 - cells) is None
    assert copying_statistic(*in_one_cell(own[:1]), *in_one_cell(other)) is None


def test_samples_that_are_all_one_value_do_not_differ() -> None:
    assert copying_statistic(*in_one_cell(np.ones(20)), *in_one_cell(np.ones(30))) == 0


def test_the_threshold_is_far_below_what_heldout_shows_of_itself() -> None:
    rng = np.random.default_rng(2)
    values, cells = rng.random(600), rng.integers(0, 6, size=600)
    threshold = copying_threshold(values, cells, n=150, rng=np.random.default_rng(3))
    assert threshold == -3
    single = copying_threshold(values, 0 * cells, n=150, rng=np.random.default_rng(3))
    assert single < -3  # one cell's score varies more than the mean of six


def test_too_little_heldout_gives_no_threshold() -> None:
    few = in_one_cell(np.arange(2 * FEWEST - 1.0))
    assert copying_threshold(*few, n=50, rng=np.random.default_rng(0)) is None


def test_cells_find_clusters_that_lie_apart() -> None:
    rng = np.random.default_rng(4)
    centres = 100 * np.eye(3)
    rows = (centres[rng.integers(3, size=300)] + rng.normal(size=(300, 3))).astype(np.float32)
    found = cell_centres(rows, rng=np.random.default_rng(0), cells=3)
    nearest = np.linalg.norm(found[:, None] - rows[None], axis=2).min(axis=1)
    assert nearest.max() < 60
    again = cell_centres(rows, rng=np.random.default_rng(0), cells=3)
    np.testing.assert_array_equal(found, again)


@given(st.integers(0, 500))
def test_a_point_belongs_to_the_nearest_centre(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, centres = rng.normal(size=(20, 4)).astype(np.float32), rng.normal(size=(5, 4))
    apart = np.linalg.norm(points[:, None] - centres[None], axis=2)
    np.testing.assert_array_equal(nearest_centre(points, centres), apart.argmin(axis=1))


def test_cells_of_rows_that_do_not_vary_are_finite() -> None:
    centres = cell_centres(np.ones((8, 2), dtype=np.float32), rng=np.random.default_rng(0))
    np.testing.assert_array_equal(centres, np.ones((8, 2)))
