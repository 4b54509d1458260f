from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.interpolate import PchipInterpolator

from synact_bench.engine.pchip import pchip

POINTS = 12


def by_scipy(rows: np.ndarray, known: np.ndarray) -> np.ndarray:
    """One row after the other, by scipy."""
    filled, grid = rows.astype(np.float64), np.arange(rows.shape[1])
    for row, mask in zip(filled, known, strict=True):
        if not mask.all():
            row[~mask] = PchipInterpolator(grid[mask], row[mask])(grid[~mask])
    return filled


def masks(rows: int):
    """Which points of some rows are known: both ends, and any others."""

    def with_ends(known: np.ndarray) -> np.ndarray:
        known[:, [0, -1]] = True
        return known

    return arrays(np.bool_, (rows, POINTS)).map(with_ends)


# Whole numbers make ties and turns; their quarters exercise the rounding.
heights = st.integers(-8, 8).map(lambda whole: whole / 4)
cases = st.integers(1, 5).flatmap(
    lambda rows: st.tuples(arrays(np.float64, (rows, POINTS, 2), elements=heights), masks(rows))
)


@given(cases)
def test_it_is_scipys_to_the_bit(case) -> None:
    rows, known = case
    np.testing.assert_array_equal(pchip(rows, known), by_scipy(rows, known))


def test_it_is_scipys_to_the_bit_on_curves() -> None:
    rng = np.random.default_rng(0)
    steps = rng.exponential(size=(300, 51, 2)) * (rng.random((300, 51, 2)) < 0.4)
    rows: Any = np.cumsum(steps, axis=1).astype(np.float32)
    known = rng.random((300, 51)) < rng.random((300, 1))
    known[:, [0, -1]] = True
    np.testing.assert_array_equal(pchip(rows, known), by_scipy(rows, known))


@given(cases)
def test_it_stays_between_its_neighbours_and_rises_where_they_rise(case) -> None:
    rows, known = case
    filled = pchip(rows, known)
    for row, mask in zip(filled, known, strict=True):
        for first, last in zip(np.flatnonzero(mask), np.flatnonzero(mask)[1:], strict=False):
            for quantity in row[first : last + 1].T:
                rises = np.diff(quantity) * np.sign(quantity[-1] - quantity[0])
                assert (rises >= -1e-12).all()


def test_two_points_make_a_line_and_what_is_unknown_is_not_read() -> None:
    rows = np.full((1, 5, 1), np.nan)
    rows[0, [0, -1], 0] = [1.0, 3.0]
    known = np.array([[True, False, False, False, True]])
    np.testing.assert_allclose(pchip(rows, known)[0, :, 0], [1, 1.5, 2, 2.5, 3])


@pytest.mark.parametrize("count", [0, 3])
def test_rows_that_are_whole_stay_as_they_are(count: int) -> None:
    rows = np.random.default_rng(1).normal(size=(count, 6, 2))
    np.testing.assert_array_equal(pchip(rows, np.ones((count, 6), dtype=bool)), rows)
