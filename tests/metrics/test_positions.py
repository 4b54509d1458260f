from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from synact_bench.metrics.positions import first_crossing, first_largest, steepest_midpoint
from tests.helpers.curve_shapes import grid


def test_touching_a_level_counts_only_when_inclusive() -> None:
    curve = np.array([[0.0, 1.0, 1.0, 2.0, 0.0]])
    assert_allclose(first_crossing(grid(5), curve, 1.0), [0.5])
    assert_allclose(first_crossing(grid(5), curve, 1.0, inclusive=True), [0.25])
    assert np.isnan(first_crossing(grid(5), curve, 2.0)).all()
    assert_allclose(first_crossing(grid(5), curve, 2.0, inclusive=True), [0.75])


def test_each_path_has_its_own_level() -> None:
    curves = np.stack([10 * grid(5)] * 3)
    assert_allclose(first_crossing(grid(5), curves, np.array([1.0, 6.0, 11.0])), [0.1, 0.6, np.nan])


def test_slopes_that_rounding_cannot_tell_apart_are_tied() -> None:
    curve = np.array([[0.0, 1.0, 2.0 + 1e-8, 3.0]])
    assert_allclose(steepest_midpoint(grid(4), curve), [1 / 6])
    curve[0, 2] += 1e-3
    assert_allclose(steepest_midpoint(grid(4), curve), [1 / 2])


def test_the_first_of_equal_largest_entries_is_taken() -> None:
    rows = np.array([[1.0, 3.0 - 1e-9, 3.0], [0.0, 0.0, 0.0], [1.0, 2.0, 2.1]])
    assert first_largest(rows).tolist() == [1, 0, 2]
