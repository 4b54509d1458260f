from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.metrics.tolerance import Tolerance


def test_what_is_outside_by_hand() -> None:
    rule = Tolerance(absolute=0.1, relative=0.01)
    before = np.array([0.0, 0.0, 100.0, 100.0, np.nan, np.nan, 1.0])
    after = np.array([0.09, -0.11, 101.0, 101.2, np.nan, 1.0, np.nan])
    assert rule.outside(before, after).tolist() == [False, True, False, True, False, True, True]


@pytest.mark.parametrize(
    ("paths", "outliers"), [(0, 0), (7, 0), (8, 1), (16, 1), (50, 1), (199, 1), (200, 2), (936, 9)]
)
def test_how_many_may_be_outliers(paths: int, outliers: int) -> None:
    assert Tolerance(1.0, outliers=True).allowed(paths) == outliers
    assert Tolerance(1.0).allowed(paths) == 0


@given(st.integers(0, 5000))
def test_strays_are_never_more_than_one_in_eight(paths: int) -> None:
    assert 8 * Tolerance(1.0, outliers=True).allowed(paths) <= paths
