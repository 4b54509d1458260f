from __future__ import annotations

import numpy as np
import pytest

from synact_bench.core.curves import Curves
from synact_bench.scoring.curve_sample import CurveSample


def sample(bases) -> CurveSample:
    l2 = np.outer(bases, [0, 1]).astype(np.float32)
    curves = Curves(np.array([0.0, 1.0]), l2, l2 + 1, l2 > 2)
    return CurveSample(np.array(bases), tuple(f"d{base}" for base in bases), curves)


def test_paths_come_in_the_order_of_the_bases_asked_for() -> None:
    found = sample([4, 1, 7]).on(np.array([7, 4]))
    np.testing.assert_array_equal(found.bases, [7, 4])
    assert found.documents == ("d7", "d4")
    np.testing.assert_array_equal(found.curves.l2[:, 1], [7, 4])
    np.testing.assert_array_equal(found.curves.kl[:, 1], [8, 5])
    np.testing.assert_array_equal(found.curves.measured, [[False, True], [False, True]])


def test_a_base_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="no path from base 2 and 0 others"):
        sample([1, 3]).on(np.array([1, 2]))


def test_paths_can_be_marked() -> None:
    assert sample([4, 1, 7]).where(np.array([True, False, True])).documents == ("d4", "d7")


def test_a_base_has_one_path_and_a_path_one_document() -> None:
    with pytest.raises(ValueError, match="a base occurs twice"):
        sample([1, 1])
    good = sample([1, 2])
    with pytest.raises(ValueError, match="documents has 1 paths, the curves have 2"):
        CurveSample(good.bases, ("d1",), good.curves)
