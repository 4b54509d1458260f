from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synact_bench.metrics import METRICS, PathMetric
from synact_bench.scoring.means import estimated_mean
from synact_bench.scoring.resampling import Resampling
from tests.helpers.samples import sample

WIDTH: Any = METRICS["plateau_width"]
SHARPNESS: Any = METRICS["step_sharpness"]
assert isinstance(WIDTH, PathMetric)
assert isinstance(SHARPNESS, PathMetric)


def test_a_replicate_is_the_mean_of_the_drawn_documents_paths() -> None:
    row = sample([1.0, 2.0, 6.0, 10.0], documents=["a", "a", "b", "c"])
    counts = np.array([[1, 1, 1], [2, 0, 1], [0, 3, 0]], dtype=np.float32)
    drawn = Resampling({"a": 0, "b": 1, "c": 2}, counts, calibrated=False)
    found = estimated_mean(WIDTH, row, drawn)
    assert found is not None
    assert found.value == 4.75
    assert found.replicates == pytest.approx([19 / 4, 16 / 5, 6.0])


def test_the_interval_is_that_of_the_standard_error_of_the_mean() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(5, 2, size=400)
    row = sample(values)
    found = estimated_mean(WIDTH, row, Resampling.bootstrap(row.documents, rng=rng))
    assert found is not None
    assert found.standard_error == pytest.approx(values.std(ddof=1) / 20, rel=0.1)


def test_documents_are_drawn_whole() -> None:
    rng = np.random.default_rng(0)
    values = np.repeat(rng.normal(size=50), 8)
    row = sample(values, documents=[f"d{place // 8}" for place in range(400)])
    found = estimated_mean(WIDTH, row, Resampling.bootstrap(row.documents, rng=rng))
    assert found is not None
    assert found.standard_error == pytest.approx(values.std() / np.sqrt(50), rel=0.1)


def test_paths_without_a_value_are_left_out() -> None:
    row = sample([1.0, np.nan, 3.0], documents=["a", "b", "c"])
    counts = np.array([[0, 1, 2], [0, 3, 0]], dtype=np.float32)
    drawn = Resampling({"a": 0, "b": 1, "c": 2}, counts, calibrated=False)
    found = estimated_mean(WIDTH, row, drawn)
    assert found is not None
    assert found.value == 2.0
    assert found.replicates == pytest.approx([3.0, np.nan], nan_ok=True)
    assert estimated_mean(WIDTH, sample([np.nan]), Resampling.without_each(["d0"])) is None


def test_ratios_are_averaged_by_their_logarithms() -> None:
    row = sample([2.0, 8.0])
    found = estimated_mean(SHARPNESS, row, Resampling.without_each(row.documents))
    assert found is not None
    assert found.value == 2.0
    assert found.replicates == pytest.approx([3.0, 1.0])


@pytest.mark.parametrize(("documents", "replicates"), [(19, 0), (20, 50)])
def test_a_mean_over_few_documents_has_no_replicates(documents: int, replicates: int) -> None:
    """However many documents are drawn: the paths with a value are of so many."""
    names = [f"d{place:02d}" for place in range(40)]
    drawn = Resampling.bootstrap(names, rng=np.random.default_rng(0), replicates=50)
    values = np.where(np.arange(40) < documents, 1.0, np.nan)
    found = estimated_mean(WIDTH, sample(values, documents=names), drawn)
    assert found is not None
    assert (found.value, len(found.replicates)) == (1.0, replicates)
