from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from synact_bench.metrics import METRICS, PathValues, metrics_for
from synact_bench.scoring.sample import Sample, measure, sample_distance
from tests.helpers.curve_shapes import SETTINGS, curves_of, grid
from tests.helpers.samples import sample


def test_measure_gives_each_path_metric_and_the_log_kl() -> None:
    curves = curves_of(4 * grid(11), 8 * grid(11))
    metrics = metrics_for("plateau", "absolute")
    measured = measure(curves, metrics=metrics, settings=SETTINGS)
    assert list(measured.values) == ["plateau_width", "ap_step"]
    np.testing.assert_allclose(measured.of(METRICS["plateau_width"]).values, [0.25, 0.125])
    assert measured.log_kl.shape == (2, 11)
    np.testing.assert_allclose(measured.log_kl[:, 0], -6)
    assert len(measured) == 2


def test_a_sample_without_the_metric_says_what_it_has() -> None:
    empty = Sample({}, np.zeros((0, 3)))
    with pytest.raises(ValueError, match="no plateau_width; it has no metric"):
        empty.of(METRICS["plateau_width"])


def test_every_part_has_the_same_number_of_paths() -> None:
    values = PathValues(np.zeros(2), np.zeros(2, dtype=bool))
    with pytest.raises(ValueError, match="plateau_width has 2 paths, log_kl has 3"):
        Sample({"plateau_width": values}, np.zeros((3, 4)))


def test_distance_is_wasserstein_of_values_or_the_set_metric_itself() -> None:
    first, second = sample([1.0, 2.0, np.nan], log_kl=-1.0), sample([4.0, 9.0], log_kl=1.5)
    per_path = sample_distance(METRICS["max_slope_step"], first, second)
    assert per_path == pytest.approx(wasserstein_distance([1, 2], [4, 9]))
    assert sample_distance(METRICS["kl_curve_gap"], first, second) == pytest.approx(2.5)


def test_nothing_has_no_distance() -> None:
    some, none = sample([1.0, 2.0]), sample([])
    for metric in METRICS.values():
        assert sample_distance(metric, some, none) is None
        assert sample_distance(metric, none, some) is None
