from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from synact_bench.core.curves import Curves
from synact_bench.metrics import METRICS, Metric, MetricSettings, PathValues, metrics_for
from synact_bench.metrics.base import Floats
from synact_bench.metrics.kl_curve_gap import KL_CURVE_GAP
from synact_bench.scoring.sample import Sample, measure, pooled, sample_distance
from tests.helpers.curve_shapes import SETTINGS, curves_of, grid
from tests.helpers.samples import sample

STEP: Any = METRICS["max_slope_step"]
SHARPNESS: Any = METRICS["step_sharpness"]
WIDTH: Any = METRICS["plateau_width"]


def measured(*rows, metrics: Mapping[str, Metric]) -> Sample:
    """Metrics of l2 curves, each of a base and a document of its own."""
    bases, documents = np.arange(len(rows)) + 7, tuple("abcdef"[: len(rows)])
    return measure(
        curves_of(*rows), bases=bases, documents=documents, metrics=metrics, settings=SETTINGS
    )


def test_measure_gives_every_metric_its_numbers() -> None:
    rows = (4 * grid(11), 8 * grid(11))
    found = measured(*rows, metrics=metrics_for("plateau", "absolute"))
    assert list(found.values) == ["plateau_width", "ap_step"]
    assert list(found.rows) == ["kl_curve_gap"]
    assert found.metrics == ("plateau_width", "ap_step", "kl_curve_gap")
    np.testing.assert_allclose(found.values["plateau_width"].values, [0.25, 0.125])
    expected = KL_CURVE_GAP.ingredient(curves_of(*rows), SETTINGS)
    np.testing.assert_array_equal(found.rows["kl_curve_gap"], expected)
    assert found.bases.tolist() == [7, 8]
    assert found.documents == ("a", "b")


def test_a_metric_of_sets_is_measured_by_its_own_ingredient_and_the_settings() -> None:
    def ends(curves: Curves, settings: MetricSettings) -> Floats:
        return curves.l2[:, -2:].astype(np.float64) / settings.absolute_length

    own = dataclasses.replace(KL_CURVE_GAP, name="ends", ingredient=ends)
    found = measured(50 * grid(11), metrics={"ends": own, "kl_curve_gap": KL_CURVE_GAP})
    np.testing.assert_allclose(found.numbers(own), [[0.9, 1.0]])
    assert found.numbers(KL_CURVE_GAP).shape == (1, 11)


@pytest.mark.parametrize("name", ["max_slope_step", "kl_curve_gap"])
def test_what_is_not_finite_is_not_measured(name: str) -> None:
    curves = Curves(grid(3), *np.full((2, 1, 3), np.nan, np.float32))
    named: dict[str, Any] = {
        "bases": np.arange(1),
        "documents": ("d",),
        "metrics": {name: METRICS[name]},
    }
    with pytest.raises(ValueError, match="not finite"):
        measure(curves, **named, settings=SETTINGS)


def test_a_sample_without_the_metric_says_what_it_has() -> None:
    empty = Sample(np.zeros(0, dtype=np.int64), (), {}, {})
    for metric in (METRICS["plateau_width"], KL_CURVE_GAP):
        with pytest.raises(ValueError, match=f"no {metric.name}; it has no metric"):
            empty.numbers(metric)
    with pytest.raises(ValueError, match="no plateau_width; it has no metric"):
        empty.of(WIDTH)
    part = Sample(np.zeros(0, dtype=np.int64), (), {}, {"kl_curve_gap": np.zeros((0, 3))})
    with pytest.raises(ValueError, match="no plateau_width; it has kl_curve_gap"):
        part.of(WIDTH)


@pytest.mark.parametrize("short", ["documents", "plateau_width", "kl_curve_gap"])
def test_every_part_has_the_same_number_of_paths(short: str) -> None:
    lengths = {"documents": 3, "plateau_width": 3, "kl_curve_gap": 3} | {short: 2}
    width = lengths["plateau_width"]
    with pytest.raises(ValueError, match=f"{short} has 2 paths, bases has 3"):
        Sample(
            np.arange(3),
            ("d",) * lengths["documents"],
            {"plateau_width": PathValues(np.zeros(width), np.zeros(width, dtype=bool))},
            {"kl_curve_gap": np.zeros((lengths["kl_curve_gap"], 4))},
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
    np.testing.assert_array_equal(kept.rows["kl_curve_gap"][:, 0], [10.0, 30.0])


def test_pooled_has_all_paths_of_all() -> None:
    first = sample([1.0, np.nan], log_kl=[10.0, 20.0], documents=["a", "b"], bases=[3, 5])
    second = sample([3.0], log_kl=30.0, documents=["b"], bases=[5])
    both = pooled([first, second])
    np.testing.assert_array_equal(both.bases, [3, 5, 5])
    assert both.documents == ("a", "b", "b")
    np.testing.assert_array_equal(both.of(STEP).values, [1.0, np.nan, 3.0])
    np.testing.assert_array_equal(both.of(STEP).censored, [False, True, False])
    np.testing.assert_array_equal(both.rows["kl_curve_gap"][:, 0], [10.0, 20.0, 30.0])


def test_nothing_to_pool_or_other_metrics_are_refused() -> None:
    with pytest.raises(ValueError, match="nothing to pool"):
        pooled([])
    whole = sample([1.0])
    bare = Sample(whole.bases, whole.documents, {}, whole.rows)
    for pair in ([whole, bare], [bare, whole]):
        with pytest.raises(ValueError, match=r"differ in their metrics: .*plateau_width"):
            pooled(pair)
    single = Sample(whole.bases, whole.documents, whole.values, {})
    for pair in ([whole, single], [single, whole]):
        with pytest.raises(ValueError, match=r"differ in their metrics: kl_curve_gap$"):
            pooled(pair)


def test_on_keeps_the_paths_of_these_bases() -> None:
    row = sample([1.0, 2.0, 3.0], bases=[3, 5, 7])
    np.testing.assert_array_equal(row.on(np.array([7, 3, 4])).of(STEP).values, [1.0, 3.0])
    assert row.on(np.array([7, 5, 3])) is row


def test_distance_is_wasserstein_of_values_or_of_each_column() -> None:
    first, second = sample([1.0, 2.0, np.nan], log_kl=-1.0), sample([4.0, 9.0], log_kl=1.5)
    expected = wasserstein_distance([1, 2], [4, 9])
    assert sample_distance(STEP, first, second) == pytest.approx(expected)
    assert sample_distance(KL_CURVE_GAP, first, second) == pytest.approx(2.5)
    one, two = (sample([0.0] * len(rows), log_kl=rows) for rows in ([[1, 2], [3, 9]], [[5, 0]]))
    expected = (wasserstein_distance([1, 3], [5]) + wasserstein_distance([2, 9], [0])) / 2
    assert sample_distance(KL_CURVE_GAP, one, two) == pytest.approx(expected)


def test_a_ratio_is_compared_by_its_logarithm() -> None:
    first, second = sample([1.0, 2.0, np.nan]), sample([4.0, 32.0])
    expected = wasserstein_distance([0, 1], [2, 5])
    assert sample_distance(SHARPNESS, first, second) == pytest.approx(expected)
    np.testing.assert_array_equal(first.numbers(SHARPNESS), [[0.0], [1.0], [np.nan]])
    np.testing.assert_array_equal(first.numbers(STEP), [[1.0], [2.0], [np.nan]])


def test_the_numbers_of_a_metric_of_sets_are_its_rows() -> None:
    row = sample([1.0, 2.0], log_kl=[[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(row.numbers(KL_CURVE_GAP), [[1.0, 2.0], [3.0, 4.0]])


def test_no_logarithm_is_taken_of_zero() -> None:
    with pytest.raises(ValueError, match="step_sharpness is compared by its logarithm"):
        sample([1.0, 0.0]).numbers(SHARPNESS)


def test_nothing_has_no_distance() -> None:
    some, none = sample([1.0, 2.0]), sample([])
    for metric in METRICS.values():
        assert sample_distance(metric, some, none) is None
        assert sample_distance(metric, none, some) is None
