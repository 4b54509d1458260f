from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from synact_bench.similarity.manifold import Support, coverage, density, pairwise, precision

LINE = np.array([[0.0], [1.0], [3.0], [10.0]])


@given(st.integers(0, 1000), st.floats(-100, 100))
def test_distances_are_those_of_all_pairs(seed: int, at: float) -> None:
    rng = np.random.default_rng(seed)
    first, second = at + rng.normal(size=(5, 4)), at + rng.normal(size=(7, 4))
    np.testing.assert_allclose(pairwise(first, second), cdist(first, second), rtol=1e-7)


def test_equal_rows_are_at_no_distance() -> None:
    rows = np.random.default_rng(0).normal(50, 10, size=(40, 90)).astype(np.float32)
    assert not np.diag(pairwise(rows, rows)).any()
    assert not pairwise(rows[:1], np.repeat(rows[:1], 3, axis=0)).any()


def test_a_ball_reaches_to_the_kth_other_row() -> None:
    np.testing.assert_allclose(Support.of(LINE, k=1).radii, [1, 1, 2, 7])
    np.testing.assert_allclose(Support.of(LINE, k=2).radii, [3, 2, 3, 9])
    with pytest.raises(ValueError, match="4 rows have no 4-th nearest"):
        Support.of(LINE, k=4)


def test_the_three_shares_of_a_worked_example() -> None:
    inside = Support.of(LINE, k=1).inside(np.array([[0.5], [2.0], [40.0]]))
    expected = [[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]  # a ball holds its surface
    np.testing.assert_array_equal(inside, np.array(expected, dtype=bool))
    assert precision(inside) == pytest.approx(2 / 3)
    assert coverage(inside) == pytest.approx(3 / 4)
    assert density(inside, k=1) == pytest.approx(4 / 3)


def test_the_rows_themselves_are_wholly_inside() -> None:
    rows = np.random.default_rng(1).normal(size=(30, 5))
    inside = Support.of(rows, k=3).inside(rows)
    assert precision(inside) == coverage(inside) == 1
    assert density(inside, k=3) == pytest.approx(4 / 3)  # each ball holds its centre and 3 more
