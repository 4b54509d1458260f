from __future__ import annotations

import numpy as np
import pytest

from synact_bench.core.curves import Curves


def curves(*, points: int, l2: tuple[int, ...], kl: tuple[int, ...]) -> Curves:
    return Curves(
        np.linspace(0, 1, points), np.zeros(l2, dtype=np.float32), np.zeros(kl, dtype=np.float32)
    )


def test_the_length_is_the_number_of_paths():
    assert len(curves(points=5, l2=(3, 5), kl=(3, 5))) == 3
    assert len(curves(points=2, l2=(0, 2), kl=(0, 2))) == 0


def test_one_point_is_no_curve():
    with pytest.raises(ValueError, match="at least two points, not 1"):
        curves(points=1, l2=(3, 1), kl=(3, 1))


@pytest.mark.parametrize(
    ("l2", "kl"), [((3, 4), (3, 4)), ((3, 5), (2, 5)), ((3, 5), (3, 4)), ((5,), (5,))]
)
def test_shapes_must_agree(l2, kl):
    with pytest.raises(ValueError, match=r"must both be \[paths, 5\]"):
        curves(points=5, l2=l2, kl=kl)


def test_what_was_measured_must_have_the_curves_shape() -> None:
    rows = np.zeros((2, 3), np.float32)
    fractions = np.linspace(0, 1, 3)
    measured = np.array([[True, False, True]] * 2)
    assert Curves(fractions, rows, rows, measured).points_run == 4
    with pytest.raises(ValueError, match=r"measured \(2, 2\) must be as l2 \(2, 3\)"):
        Curves(fractions, rows, rows, measured[:, :2])


def test_what_is_interpolated_is_neither_run_nor_unknown() -> None:
    l2 = np.array([[0, 1, 2, 3], [0, np.nan, np.nan, 3]], np.float32)
    run = np.array([[True, False, False, True]] * 2)
    found = Curves(np.linspace(0, 1, 4), l2, l2, run)
    assert found.interpolated.tolist() == [[False, True, True, False], [False] * 4]
    assert found.interpolated_share == 0.5
    assert found[1:].interpolated_share == 0
    assert not Curves(found.fractions, l2, l2).interpolated.any()
