from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synact_bench.metrics import METRICS
from synact_bench.scoring.paired import Trio, paired_test
from synact_bench.scoring.sample import Sample, sample_distance
from tests.helpers.samples import clustered, sample

WIDTH = METRICS["plateau_width"]
NUMBERS = st.lists(st.floats(0.125, 8, width=32), min_size=5, max_size=5)


def judged(*cells: Trio, metric: str = "plateau_width"):
    return paired_test(METRICS[metric], cells, rng=np.random.default_rng(0))


def by_hand(metric, cell: Trio) -> float:
    """The p-value, every swap made one by one."""
    gaps = []
    for swap in product([False, True], repeat=len(cell.first)):
        first, second = cell.first, cell.second
        ends = [
            sample(
                np.where(
                    swap, one.values["plateau_width"].values, two.values["plateau_width"].values
                ),
                log_kl=np.where(
                    np.array(swap)[:, None], one.rows["kl_curve_gap"], two.rows["kl_curve_gap"]
                ),
            )
            for one, two in ((second, first), (first, second))
        ]
        near, far = (sample_distance(metric, cell.reference, each) for each in ends)
        gaps.append(abs(far - near))
    return float(np.mean(np.array(gaps) >= gaps[0] * (1 - 1e-9)))


@pytest.mark.parametrize("metric", ["plateau_width", "step_sharpness", "kl_curve_gap"])
@given(first=NUMBERS, second=NUMBERS, real=NUMBERS)
@settings(max_examples=15)
def test_every_swap_of_few_documents_is_tried(metric, first, second, real) -> None:
    cell = Trio(*(sample(each, log_kl=each) for each in (real, first, second)))
    found = judged(cell, metric=metric)
    assert found is not None
    one, two = (
        sample_distance(METRICS[metric], cell.reference, each) for each in (cell.first, cell.second)
    )
    assert found.before == pytest.approx(one, abs=1e-9)
    assert found.after == pytest.approx(two, abs=1e-9)
    if abs(one - two) > 1e-6:  # below it, rounding decides which swaps are as extreme
        assert found.pvalue == pytest.approx(by_hand(METRICS[metric], cell), abs=2 / 32)


def test_eight_documents_can_tell_a_shift_and_no_more() -> None:
    real = sample(np.linspace(0, 1, 8))
    near, far = sample(np.linspace(0, 1, 8) + 0.01), sample(np.linspace(5, 6, 8))
    worse = judged(Trio(real, near, far))
    assert worse is not None
    assert worse.pvalue == 2 / 256
    assert worse.difference == pytest.approx(4.99)
    better = judged(Trio(real, far, near))
    assert better is not None
    assert (better.pvalue, better.difference) == (worse.pvalue, -worse.difference)


def test_the_same_numbers_are_no_difference() -> None:
    one = sample(np.linspace(0, 1, 8))
    found = judged(Trio(sample(np.linspace(2, 3, 8)), one, one))
    assert found is not None
    assert (found.difference, found.pvalue) == (0.0, 1.0)


def test_equal_versions_are_called_different_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(0)
    pvalues = []
    for _ in range(200):
        rows = clustered({"real": 0.0, "a": 1.0, "b": 1.0}, rng=rng, documents=12, paths=2)
        found = judged(Trio(rows["real"], rows["a"], rows["b"]))
        assert found is not None
        pvalues.append(found.pvalue)
    assert 0.02 <= np.mean(np.array(pvalues) < 0.05) <= 0.09


def test_paths_of_a_document_are_swapped_together() -> None:
    # Two documents, however many paths: of four swaps, two are as extreme.
    names = ["a"] * 10 + ["b"] * 10
    real = sample(np.zeros(20), documents=names)
    near, far = sample(np.full(20, 0.1), documents=names), sample(np.full(20, 5.0), documents=names)
    found = judged(Trio(real, near, far))
    assert found is not None
    assert found.pvalue == 0.5


def test_cells_are_swapped_together_and_averaged() -> None:
    one = Trio(sample(np.zeros(8)), sample(np.full(8, 1.0)), sample(np.full(8, 2.0)))
    two = Trio(sample(np.zeros(8)), sample(np.full(8, 3.0)), sample(np.full(8, 8.0)))
    found = judged(one, two)
    assert found is not None
    assert (found.before, found.after, found.pvalue) == (2.0, 5.0, 2 / 256)


def test_bases_of_one_version_alone_are_left_out() -> None:
    first = sample([1.0, 1.0, 1.0], bases=[0, 1, 2])
    second = sample([2.0, 2.0, 9.0], bases=[0, 1, 3])
    found = judged(Trio(sample([0.0, 0.0]), first, second))
    assert found is not None
    assert (found.before, found.after) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (sample([1.0], bases=[0]), sample([1.0], bases=[1])),
        (sample([np.nan, np.nan]), sample([1.0, 2.0])),
    ],
)
def test_without_a_number_in_both_there_is_no_test(first: Sample, second: Sample) -> None:
    assert judged(Trio(sample([0.0, 1.0]), first, second)) is None
    assert judged() is None
