from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.curves import Curves
from synact_bench.scoring.curve_sample import CurveSample, dealt_wrong


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


def real(documents: list[int]) -> CurveSample:
    """A path a base; each is told from the others by its height."""
    many = len(documents)
    heights = np.arange(1, many + 1, dtype=np.float32)[:, None] * np.array([0, 0.5, 1], np.float32)
    curves = Curves(np.array([0.0, 0.5, 1.0]), heights, heights)
    return CurveSample(np.arange(many) * 3, tuple(f"d{each}" for each in documents), curves)


def fits(documents: list[int]) -> bool:
    counts = np.bincount(documents)
    return bool((counts > 0).sum() >= 2 and 2 * counts.max() <= len(documents))


@given(st.lists(st.integers(0, 5), min_size=2, max_size=30).filter(fits))
def test_every_path_goes_to_a_base_of_another_document(documents: list[int]) -> None:
    before = real(documents)
    after = dealt_wrong(before)
    np.testing.assert_array_equal(after.bases, before.bases)
    assert after.documents == before.documents
    givers = after.curves.l2[:, -1].astype(int) - 1
    assert sorted(givers) == list(range(len(documents)))  # each path once
    assert all(documents[giver] != own for giver, own in zip(givers, documents, strict=True))
    np.testing.assert_array_equal(after.curves.kl, after.curves.l2)


@pytest.mark.parametrize("documents", [[0, 0, 0, 1], [0, 0, 0]])
def test_too_few_documents_are_refused(documents: list[int]) -> None:
    with pytest.raises(ValueError, match=r"of one document|at least two"):
        dealt_wrong(real(documents))
