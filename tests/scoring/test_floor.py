from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import chisquare, percentileofscore

from synact_bench.metrics import METRICS
from synact_bench.scoring.floor import FLOOR_REPLICATES, NoiseFloor, noise_floors
from synact_bench.scoring.sample import Sample, pooled, sample_distance
from tests.helpers.samples import clustered, sample

WIDTH = {"plateau_width": METRICS["plateau_width"]}
BOTH = WIDTH | {"kl_curve_gap": METRICS["kl_curve_gap"]}
DRAWS, DOCUMENTS, PATHS = 4, 6, 3


def traced(draws: int = DRAWS) -> list[Sample]:
    """Draws whose values tell the draw and the document: no two are at the same distance."""
    bases = np.arange(DOCUMENTS * PATHS)
    place = bases // PATHS
    return [
        sample(
            5.0**draw + 0.37**place + 1e-3 * bases,
            log_kl=(5.0**draw + 0.37**place)[:, None] * np.array([[1.0, -2.0]]) + bases[:, None],
            documents=[f"d{each}" for each in place],
        )
        for draw in range(draws)
    ]


def picked(draws: list[Sample], chosen: Sequence[int]) -> tuple[Sample, Sample]:
    """The row made of draw ``chosen[i]`` for document ``i``, and the reference: all the rest."""
    inside = [
        draw.where(np.array([chosen[int(name[1:])] == number for name in draw.documents]))
        for number, draw in enumerate(draws)
    ]
    outside = [
        draw.where(np.array([chosen[int(name[1:])] != number for name in draw.documents]))
        for number, draw in enumerate(draws)
    ]
    return pooled(inside), pooled(outside)


def splits(draws: list[Sample], documents: int = DOCUMENTS) -> dict[str, np.ndarray]:
    """Distances of every possible replicate, by metric."""
    pairs = [picked(draws, each) for each in product(range(len(draws)), repeat=documents)]
    return {
        name: np.array([sample_distance(metric, second, first) for first, second in pairs])
        for name, metric in BOTH.items()
    }


def test_there_are_as_many_replicates_as_promised() -> None:
    assert FLOOR_REPLICATES >= 200
    floors = noise_floors(WIDTH, traced(), rng=np.random.default_rng(0))
    assert len(floors["plateau_width"].distances) == FLOOR_REPLICATES


@pytest.mark.parametrize("draws", [2, 3])
def test_a_replicate_compares_one_draw_a_document_with_all_others(draws: int) -> None:
    """Every distance is that of such a split, and all splits are as likely."""
    few = [each.where(each.bases < 2 * PATHS) for each in traced(draws)]
    expected = splits(few, documents=2)
    floors = noise_floors(BOTH, few, rng=np.random.default_rng(0), replicates=3000)
    for name, floor in floors.items():
        possible = np.sort(expected[name])
        nearest = np.abs(floor.distances[:, None] - possible).argmin(axis=1)
        np.testing.assert_allclose(floor.distances, possible[nearest], rtol=1e-12)
        counts = Counter(np.round(floor.distances, 9))
        shares = Counter(np.round(possible, 9))
        assert counts.keys() == shares.keys()
        each = [3000 * shares[value] / len(possible) for value in counts]
        assert chisquare(list(counts.values()), each).pvalue > 0.001


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_a_distance_is_that_of_the_metric(missing: float) -> None:
    rng = np.random.default_rng(3)
    draws = []
    for _ in range(3):
        numbers = rng.normal(size=8).round(1)
        numbers[rng.random(8) < missing] = np.nan
        curves = rng.normal(size=(8, 4))
        draws.append(sample(numbers, log_kl=curves, documents=[f"d{n // 4}" for n in range(8)]))
    expected = splits(draws, documents=2)
    floors = noise_floors(BOTH, draws, rng=rng)
    for name, floor in floors.items():
        nearest = np.abs(floor.distances[:, None] - expected[name]).min(axis=1)
        np.testing.assert_allclose(nearest, 0, atol=1e-12)
        assert len(set(np.round(floor.distances, 9))) > 3


def test_a_metric_compared_by_its_logarithm_is() -> None:
    metric = {"step_sharpness": METRICS["step_sharpness"]}
    draws = [sample([1.0, 2.0]), sample([4.0, 8.0])]
    floors = noise_floors(metric, draws, rng=np.random.default_rng(0))
    np.testing.assert_allclose(np.unique(floors["step_sharpness"].distances.round(9)), [1, 2])


def test_only_bases_that_all_draws_have_count() -> None:
    whole, draws = traced(), traced()
    draws[1] = draws[1].where(draws[1].bases != 4)
    draws[3] = draws[3].where(draws[3].bases > 1)
    common = np.array([base for base in range(2, DOCUMENTS * PATHS) if base != 4])
    found, expected = (
        noise_floors(BOTH, each, rng=np.random.default_rng(0))
        for each in (draws, [each.on(common) for each in whole])
    )
    for name in BOTH:
        np.testing.assert_array_equal(found[name].distances, expected[name].distances)


def test_the_floor_is_what_fresh_draws_of_the_same_bases_show() -> None:
    rng = np.random.default_rng(0)
    names = [f"draw-{number}" for number in range(300)]
    fresh = list(clustered(dict.fromkeys(names, 0.0), rng=rng, documents=60).values())
    distances = [
        sample_distance(WIDTH["plateau_width"], pooled(fresh[start + 1 : start + 5]), fresh[start])
        for start in range(0, 300, 5)
    ]
    floors = noise_floors(WIDTH, fresh[:5], rng=rng)
    assert floors["plateau_width"].median == pytest.approx(np.median(distances), rel=0.15)
    assert floors["plateau_width"].upper == pytest.approx(np.quantile(distances, 0.95), rel=0.25)


def test_the_same_source_of_chance_gives_the_same_floor() -> None:
    draws = list(clustered(dict.fromkeys("abcd", 0.0), rng=np.random.default_rng(0)).values())
    first, again, other = (
        noise_floors(WIDTH, draws, rng=np.random.default_rng(seed))["plateau_width"].distances
        for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_one_draw_has_no_floor() -> None:
    assert noise_floors(WIDTH, traced(1), rng=np.random.default_rng(0)) == {"plateau_width": None}


def test_draws_without_a_common_base_have_no_floor() -> None:
    draws = [sample([1.0], bases=[0]), sample([1.0], bases=[1])]
    assert noise_floors(WIDTH, draws, rng=np.random.default_rng(0)) == {"plateau_width": None}


def test_a_replicate_without_a_distance_leaves_no_floor_of_that_metric_alone() -> None:
    draws = [sample([1.0, 2.0]), sample([np.nan, np.nan]), sample([3.0, 4.0])]
    floors = noise_floors(BOTH, draws, rng=np.random.default_rng(0))
    assert floors["plateau_width"] is None
    assert floors["kl_curve_gap"] is not None


@given(arrays(np.float64, st.integers(1, 40), elements=st.integers(0, 9)), st.floats(-1, 10))
def test_median_upper_and_percentile(distances, distance) -> None:
    floor = NoiseFloor(np.sort(distances))
    assert floor.median == pytest.approx(np.quantile(distances, 0.5))
    assert floor.upper == pytest.approx(np.quantile(distances, 0.95))
    for each in (distance, round(distance)):
        expected = percentileofscore(distances, each, kind="mean")
        assert floor.percentile(each) == pytest.approx(expected)
