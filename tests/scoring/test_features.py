from __future__ import annotations

import numpy as np
import pytest

from synact_bench.core.curves import SCORED, Curves
from synact_bench.scoring.features import Units, curve_features, final_length

GRID = np.linspace(0, 1, 51).astype(np.float32).astype(np.float64)


def curves(l2, kl=None, grid=GRID) -> Curves:
    rows = np.asarray(l2, dtype=np.float32)
    return Curves(np.asarray(grid), rows, rows if kl is None else np.asarray(kl, np.float32))


def test_the_blocks_of_a_straight_curve() -> None:
    found = curve_features(curves([10 * GRID], [GRID]), length=5.0)
    np.testing.assert_allclose(found[0, 0], 2 * np.array(SCORED), rtol=1e-6)
    np.testing.assert_allclose(found[0, 1], SCORED, rtol=1e-6)
    np.testing.assert_allclose(found[0, 2], np.log10(np.array(SCORED) + 1e-6), rtol=1e-6)


def test_a_path_that_nearly_returns_is_bounded() -> None:
    back = 10 * np.sin(np.pi * GRID * 0.999)
    assert curve_features(curves([np.abs(back)]), length=5.0)[0, 1].max() == 2


def test_a_path_that_returns_is_the_limit_of_those_that_nearly_do() -> None:
    grid = [0.0, 0.25, 0.5, 1.0]
    exact = curve_features(curves([[0, 0, 3, 0]], grid=grid), length=1, fractions=grid[1:])
    nearly = curve_features(curves([[0, 0, 3, 1e-9]], grid=grid), length=1, fractions=grid[1:])
    np.testing.assert_array_equal(exact[0, 1], [0, 2, 1])
    np.testing.assert_array_equal(exact[0, 1], nearly[0, 1])


def test_a_path_that_never_moves_has_numbers() -> None:
    found = curve_features(curves([0 * GRID]), length=1.0)
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found[0, 1], [0] * 7 + [1])
    np.testing.assert_allclose(found[0, 2], -6)


def test_a_fraction_that_is_not_on_the_grid_is_named() -> None:
    with pytest.raises(ValueError, match=r"0\.08.*: no point of a grid of 3"):
        curve_features(curves([[0, 1, 2]], grid=[0, 0.1, 1]), length=1.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_refused(bad: float) -> None:
    l2 = 1 + np.tile(GRID, (2, 1))
    l2[1, 4] = bad
    with pytest.raises(ValueError, match="not finite on 1 of 2 paths"):
        curve_features(curves(l2, np.tile(GRID, (2, 1))), length=1.0)


def test_the_final_length_is_a_median_over_all_draws() -> None:
    assert final_length([curves([[0, 1], [0, 9]], grid=[0, 1]), curves([[0, 4]], grid=[0, 1])]) == 4
    with pytest.raises(ValueError, match="not above 0"):
        final_length([curves([[0, 0]], grid=[0, 1])])


def test_units_divide_each_block_by_its_own_scale() -> None:
    row = curves([10 * GRID, 4 * GRID])
    plain = curve_features(row, length=5.0)
    found = Units(5.0, (1.0, 2.0, 4.0)).features(row).reshape(2, 3, 8)
    np.testing.assert_allclose(found, plain / np.array([1, 2, 4])[:, None])


def test_other_points_of_the_grid_play_no_part() -> None:
    full = curves([10 * GRID])
    few = np.isin(np.arange(51), [0, *(np.array(SCORED) * 50).round().astype(int)])
    sparse = Curves(GRID[few], full.l2[:, few], full.kl[:, few])
    np.testing.assert_array_equal(curve_features(full, length=1), curve_features(sparse, length=1))
