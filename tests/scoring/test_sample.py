from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from synact_bench.metrics import METRICS, PathValues, metrics_for
from synact_bench.scoring.sample import Sample, measure, pooled, sample_distance
from tests.helpers.curve_shapes import SETTINGS, curves_of, grid
from tests.helpers.samples import sample

STEP, SHARPNESS = METRICS["max_slope_step"], METRICS["step_sharpness"]


def test_measure_gives_each_path_metric_its_numbers() -> None:
    curves = curves_of(4 * grid(11), 8 * grid(11))
    measured = measure(curves, metrics=metrics_for("plateau", "absolute"), settings=SETTINGS)
    assert list(measured) == ["plateau_width", "ap_step"]
    np.testing.assert_allclose(measured["plateau_width"].values, [0.25, 0.125])


def test_a_sample_without_the_metric_says_what_it_has() -> None:
    empty = Sample(np.zeros(0, dtype=np.int64), (), {}, np.zeros((0, 3)))
    with pytest.raises(ValueError, match="no plateau_width; it has no metric"):
        empty.of(METRICS["plateau_width"])


@pytest.mark.parametrize("short", ["bases", "documents", "plateau_width"])
def test_every_part_has_the_same_number_of_paths(short: str) -> None:
    lengths = {"bases": 3, "documents": 3, "plateau_width": 3} | {short: 2}
    width = lengths["plateau_width"]
    with pytest.raises(ValueError, match=f"{short} has 2 paths, log_kl has 3"):
        Sample(
            np.arange(lengths["bases"]),
            ("d",) * lengths["documents"],
            {"plateau_width": PathValues(np.zeros(width), np.zeros(width, dtype=bool))},
            np.zeros((3, 4)),
        )


def test_where_keeps_all_that_belongs_to_a_path() -> None:
    row = sample(
        [1.0, 2.0, np.nan, 4.0],
        log_kl=[10.0, 20.0, 30.0, 40.0],
        documents=["a", "a", "b", "c"],
        bases=[3, 5, 7, 9],
    )
    kept = row.where(np.array([True, False, True, False]))
    assert len(kept) == 2
    assert kept.documents == ("a", "b")
    np.testing.assert_array_equal(kept.bases, [3, 7])
    np.testing.assert_array_equal(kept.of(STEP).values, [1.0, np.nan])
    np.testing.assert_array_equal(kept.of(STEP).censored, [False, True])
    np.testing.assert_array_equal(kept.log_kl[:, 0], [10.0, 30.0])


def test_pooled_has_all_paths_of_all() -> None:
    first = sample([1.0, np.nan], log_kl=[10.0, 20.0], documents=["a", "b"], bases=[3, 5])
    second = sample([3.0], log_kl=30.0, documents=["b"], bases=[5])
    both = pooled([first, second])
    np.testing.assert_array_equal(both.bases, [3, 5, 5])
    assert both.documents == ("a", "b", "b")
    np.testing.assert_array_equal(both.of(STEP).values, [1.0, np.nan, 3.0])
    np.testing.assert_array_equal(both.of(STEP).censored, [False, True, False])
    np.testing.assert_array_equal(both.log_kl[:, 0], [10.0, 20.0, 30.0])


def test_nothing_to_pool_or_other_metrics_are_refused() -> None:
    with pytest.raises(ValueError, match="nothing to pool"):
        pooled([])
    whole = sample([1.0])
    bare = Sample(whole.bases, whole.documents, {}, whole.log_kl)
    for pair in ([whole, bare], [bare, whole]):
        with pytest.raises(ValueError, match=r"differ in their metrics: .*plateau_width"):
            pooled(pair)


def test_on_keeps_the_paths_of_these_bases() -> None:
    row = sample([1.0, 2.0, 3.0], bases=[3, 5, 7])
    np.testing.assert_array_equal(row.on(np.array([7, 3, 4])).of(STEP).values, [1.0, 3.0])
    assert row.on(np.array([7, 5, 3])) is row


def test_distance_is_wasserstein_of_values_or_the_set_metric_itself() -> None:
    first, second = sample([1.0, 2.0, np.nan], log_kl=-1.0), sample([4.0, 9.0], log_kl=1.5)
    expected = wasserstein_distance([1, 2], [4, 9])
    assert sample_distance(STEP, first, second) == pytest.approx(expected)
    assert sample_distance(METRICS["kl_curve_gap"], first, second) == pytest.approx(2.5)


def test_a_ratio_is_compared_by_its_logarithm() -> None:
    first, second = sample([1.0, 2.0, np.nan]), sample([4.0, 32.0])
    expected = wasserstein_distance([0, 1], [2, 5])
    assert sample_distance(SHARPNESS, first, second) == pytest.approx(expected)
    np.testing.assert_array_equal(first.numbers(SHARPNESS), [[0.0], [1.0], [np.nan]])
    np.testing.assert_array_equal(first.numbers(STEP), [[1.0], [2.0], [np.nan]])


def test_the_numbers_of_a_set_metric_are_its_curves() -> None:
    row = sample([1.0, 2.0], log_kl=[[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(row.numbers(METRICS["kl_curve_gap"]), row.log_kl)


def test_no_logarithm_is_taken_of_zero() -> None:
    with pytest.raises(ValueError, match="step_sharpness is compared by its logarithm"):
        sample([1.0, 0.0]).numbers(SHARPNESS)


def test_nothing_has_no_distance() -> None:
    some, none = sample([1.0, 2.0]), sample([])
    for metric in METRICS.values():
        assert sample_distance(metric, some, none) is None
        assert sample_distance(metric, none, some) is None
