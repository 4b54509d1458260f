from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.curves import Curves
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.wrong_prompt import dealt_wrong


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
