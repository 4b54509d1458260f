from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.scoring.residuals import residuals


def drawn(seed: int, draws: int = 4):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(6, 3)), rng.normal(size=(draws, 6, 3))


def test_they_are_what_loops_find() -> None:
    row, real = drawn(0)
    x, y = residuals(row, real)
    for k in range(4):
        others = np.mean([real[j] for j in range(4) if j != k], axis=0)
        np.testing.assert_allclose(x[k], row - others)
        np.testing.assert_allclose(y[k], real[k] - others)


@given(st.integers(0, 100))
def test_what_is_added_to_all_curves_of_a_base_plays_no_part(seed: int) -> None:
    row, real = drawn(seed)
    added = 10 * np.random.default_rng(seed + 1).normal(size=row.shape)
    for plain, moved in zip(
        residuals(row, real), residuals(row + added, real + added), strict=True
    ):
        np.testing.assert_allclose(moved, plain, atol=1e-12)


def test_a_row_that_is_a_draw_trades_places_with_it() -> None:
    row, real = drawn(1)
    swapped = real.copy()
    swapped[2], other = row, real[2]
    x, y = residuals(row, real)
    x_after, y_after = residuals(other, swapped)
    np.testing.assert_allclose(x_after[2], y[2])
    np.testing.assert_allclose(y_after[2], x[2])


def test_what_cannot_be_compared_is_refused() -> None:
    row, real = drawn(0)
    with pytest.raises(ValueError, match="at least two draws of real, not 1"):
        residuals(row, real[:1])
    with pytest.raises(ValueError, match="must have the same paths"):
        residuals(row[:3], real)
