from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import ks_2samp, wasserstein_distance

from synact_bench.metrics import METRICS, metrics_for
from synact_bench.scoring.scores import MetricScore, score
from tests.helpers.samples import sample

REAL = sample([0.0, 1.0, 2.0, 3.0], log_kl=0.0)
FLOOR = sample([0.5, 1.5, 2.5, 3.5], log_kl=0.1)
GAUSSIAN = sample([4.0, 5.0, 6.0, 7.0], log_kl=1.1)


def scored(row, name: str = "max_slope_step") -> MetricScore:
    return score(row, reference=REAL, floor_draw=FLOOR, gaussian=GAUSSIAN)[name]


def test_every_number_of_a_path_metric() -> None:
    values, censored = [1.0, 2.0, 6.0, np.nan], [False, False, True, True]
    result = scored(sample(values, censored=censored))
    assert result.metric == "max_slope_step"
    assert result.n == 4
    assert result.mean == pytest.approx(3.0)
    assert result.sd == pytest.approx(np.std([1, 2, 6], ddof=1))
    assert result.censored_share == 0.5
    assert result.undefined_share == 0.25
    assert result.ks == pytest.approx(ks_2samp([1, 2, 6], [0, 1, 2, 3]).statistic)
    distance = wasserstein_distance([1, 2, 6], [0, 1, 2, 3])
    assert result.distance == pytest.approx(distance)
    assert (result.d_gaussian, result.d_floor) == (pytest.approx(4.0), pytest.approx(0.5))
    assert result.realism == pytest.approx((4 - distance) / 3.5)
    assert result.reason is None


def test_a_set_metric_has_a_distance_and_nothing_per_path() -> None:
    result = scored(sample([1.0, 2.0], log_kl=-0.6), "kl_curve_gap")
    assert result.n == 2
    assert result.distance == pytest.approx(0.6)
    assert result.realism == pytest.approx(0.5)
    per_path = (result.mean, result.sd, result.censored_share, result.undefined_share, result.ks)
    assert per_path == (None,) * 5


def test_controls_land_on_their_marks() -> None:
    for name in METRICS:
        assert scored(FLOOR, name).realism == pytest.approx(1.0)
        assert scored(GAUSSIAN, name).realism == pytest.approx(0.0)


@given(arrays(np.float64, 6, elements=st.floats(-50, 50)), st.permutations(range(6)))
def test_the_order_of_paths_plays_no_part(values, order) -> None:
    assume(np.ptp(values) > 1e-3)
    plain, mixed = scored(sample(values)), scored(sample(values[order]))
    assert mixed.realism == pytest.approx(plain.realism)
    assert mixed.mean == pytest.approx(plain.mean)
    assert mixed.sd == pytest.approx(plain.sd)


def test_a_row_without_values_has_no_realism() -> None:
    result = scored(sample([np.nan, np.nan]))
    assert (result.mean, result.sd, result.ks, result.distance) == (None,) * 4
    assert (result.undefined_share, result.censored_share) == (1.0, 1.0)
    assert result.realism is None
    assert result.reason == "no distance from real for: row"


def test_a_row_without_paths_has_no_shares() -> None:
    result = scored(sample([]))
    assert (result.n, result.undefined_share, result.censored_share) == (0, None, None)


def test_one_value_has_no_spread() -> None:
    result = scored(sample([2.0]))
    assert (result.mean, result.sd) == (2.0, None)


def test_a_gaussian_as_close_as_real_gives_a_reason() -> None:
    result = score(REAL, reference=REAL, floor_draw=FLOOR, gaussian=FLOOR)["auc_step"]
    assert result.realism is None
    assert result.reason is not None
    assert "no farther" in result.reason


def test_only_the_metrics_asked_for_are_scored() -> None:
    asked = metrics_for("plateau", "scaled")
    result = score(REAL, reference=REAL, floor_draw=FLOOR, gaussian=GAUSSIAN, metrics=asked)
    assert list(result) == ["plateau_width", "kl_curve_gap"]
