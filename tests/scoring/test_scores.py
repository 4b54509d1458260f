from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import ks_2samp, wasserstein_distance

from synact_bench.metrics import METRICS, metrics_for
from synact_bench.scoring.floor import NoiseFloor
from synact_bench.scoring.resampling import Resampling
from synact_bench.scoring.sample import Sample
from synact_bench.scoring.scores import MetricScore, estimated, score
from tests.helpers.samples import clustered, sample

REAL = sample([1.0, 2.0, 3.0, 4.0], log_kl=0.0)
FLOOR = NoiseFloor(np.linspace(0.0, 1.0, 101) ** 2)  # median 0.25, 95th percentile 0.9025
NOWHERE = Resampling.without(REAL.documents, [])
EACH = Resampling.without_each(REAL.documents)


def scored(
    row: Sample,
    name: str = "max_slope_step",
    floor: NoiseFloor | None = FLOOR,
    resampling: Resampling = NOWHERE,
) -> MetricScore:
    asked = {name: METRICS[name]}
    floors = {name: floor}
    return score(row, reference=REAL, floors=floors, resampling=resampling, metrics=asked)[name]


def test_every_number_of_a_path_metric() -> None:
    values, censored = [1.0, 2.0, 6.0, np.nan], [False, False, True, True]
    result = scored(sample(values, censored=censored))
    assert result.metric == "max_slope_step"
    assert result.n == 4
    assert result.mean == pytest.approx(3.0)
    assert result.sd == pytest.approx(np.std([1, 2, 6], ddof=1))
    assert result.censored_share == 0.5
    assert result.undefined_share == 0.25
    assert result.ks == pytest.approx(ks_2samp([1, 2, 6], [1, 2, 3, 4]).statistic)
    distance = wasserstein_distance([1, 2, 6], [1, 2, 3, 4])
    assert result.distance.value == pytest.approx(distance)
    assert result.real_mean == pytest.approx(2.5)
    assert (result.d_floor, result.d_floor_upper) == pytest.approx((0.25, 0.9025))


def test_a_set_metric_has_a_distance_and_nothing_per_path() -> None:
    result = scored(sample([1.0, 2.0], log_kl=-0.6), "kl_curve_gap")
    assert result.n == 2
    assert result.distance.value == pytest.approx(0.6)
    per_path = (result.mean, result.sd, result.censored_share, result.undefined_share, result.ks)
    assert per_path == (None,) * 5
    assert result.real_mean is None


@pytest.mark.parametrize(
    ("shift", "percentile", "close"), [(0.0, 0.5, True), (0.5, 70.3, True), (0.91, 95.0, False)]
)
def test_a_row_below_the_upper_floor_cannot_be_told_from_real(shift, percentile, close) -> None:
    result = scored(sample(np.array([1.0, 2.0, 3.0, 4.0]) + shift), resampling=EACH)
    assert result.percentile == pytest.approx(percentile, abs=1)
    assert result.indistinguishable is close


def test_at_the_upper_floor_a_row_can_be_told_from_real() -> None:
    floor = NoiseFloor(np.ones(9))
    result = scored(sample([2.0, 3.0, 4.0, 5.0]), floor=floor, resampling=EACH)
    assert result.distance.value == result.d_floor_upper == 1
    assert result.percentile == 50
    assert result.indistinguishable is False


@pytest.mark.parametrize(("documents", "enough"), [(19, False), (20, True)])
def test_of_too_few_documents_a_distance_decides_nothing(documents: int, enough: bool) -> None:
    """However many documents the board has: these paths are of so many."""
    names = [f"d{place:02d}" for place in range(60)]
    drawn = Resampling.bootstrap(names, rng=np.random.default_rng(0), replicates=50)
    own = sample(np.arange(1.0, documents + 1), documents=names[:documents])
    asked = {"max_slope_step": METRICS["max_slope_step"]}
    floors = {"max_slope_step": FLOOR}
    found = score(own, reference=own, floors=floors, resampling=drawn, metrics=asked)
    result = found["max_slope_step"]
    assert (result.distance.value, result.percentile is not None) == (0, True)
    assert (result.distance.interval is not None) is result.enough is enough
    assert result.indistinguishable is (True if enough else None)


@given(arrays(np.float64, 6, elements=st.floats(1, 50)), st.permutations(range(6)))
def test_the_order_of_paths_plays_no_part(values, order) -> None:
    assume(np.ptp(values) > 1e-3)
    place = [0, 0, 1, 1, 2, 3]
    names = np.array([f"d{each}" for each in place])
    plain = scored(sample(values, documents=list(names)))
    mixed = scored(sample(values[order], documents=list(names[order])))
    assert mixed.distance.value == pytest.approx(plain.distance.value)
    assert mixed.mean == pytest.approx(plain.mean)
    assert mixed.sd == pytest.approx(plain.sd)


def test_a_row_without_values_has_no_distance() -> None:
    result = scored(sample([np.nan, np.nan]))
    assert (result.mean, result.sd, result.ks, result.distance) == (None,) * 4
    assert (result.undefined_share, result.censored_share) == (1.0, 1.0)
    assert result.percentile is None
    assert not result.indistinguishable


def test_a_row_without_paths_has_no_shares() -> None:
    result = scored(sample([]))
    assert (result.n, result.undefined_share, result.censored_share) == (0, None, None)


def test_one_value_has_no_spread() -> None:
    result = scored(sample([2.0]))
    assert (result.mean, result.sd) == (2.0, None)


def test_without_a_floor_there_is_a_distance_that_says_nothing_of_nearness() -> None:
    result = scored(sample([5.0, 6.0, 7.0, 8.0]), "auc_step", floor=None)
    assert result.distance.value == pytest.approx(4.0)
    assert (result.d_floor, result.d_floor_upper, result.percentile) == (None,) * 3
    assert not result.indistinguishable


def test_only_the_metrics_asked_for_are_scored() -> None:
    asked = metrics_for("plateau", "scaled")
    floors = dict.fromkeys(asked, FLOOR)
    result = score(REAL, reference=REAL, floors=floors, resampling=NOWHERE, metrics=asked)
    assert list(result) == ["plateau_width", "kl_curve_gap"]


@pytest.mark.parametrize("name", ["max_slope_step", "step_sharpness", "kl_curve_gap"])
def test_replicates_are_distances_of_what_the_value_is_the_distance_of(name: str) -> None:
    rows = clustered({"real": 0.0, "row": 1.0}, rng=np.random.default_rng(0))
    documents = sorted(set(rows["real"].documents))
    left_out = Resampling.without_each(documents)
    result = estimated(METRICS[name], rows["real"], rows["row"], left_out)
    for document, replicate in zip(documents, result.replicates, strict=True):
        kept = [
            each.where(np.array([one != document for one in each.documents]))
            for each in rows.values()
        ]
        expected = estimated(METRICS[name], kept[0], kept[1], left_out).value
        assert replicate == pytest.approx(expected, rel=0.01)


def test_a_row_that_lacks_paths_is_resampled_with_those_it_has() -> None:
    rows = clustered({"real": 0.0, "row": 1.0}, rng=np.random.default_rng(0))
    documents = sorted(set(rows["real"].documents))
    few = rows["row"].where(np.arange(60) < 40)
    drawn = Resampling.bootstrap(documents, rng=np.random.default_rng(1), replicates=200)
    result = estimated(METRICS["max_slope_step"], rows["real"], few, drawn)
    low, high = result.interval
    assert low < result.value < high
