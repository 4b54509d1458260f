from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import chisquare, percentileofscore

from synact_bench.metrics import METRICS, SetMetric
from synact_bench.scoring.floor import FLOOR_REPLICATES, NoiseFloor, noise_floors
from synact_bench.scoring.sample import Sample, sample_distance
from tests.helpers.samples import clustered, sample

WIDTH = {"plateau_width": METRICS["plateau_width"]}
DRAWS, DOCUMENTS, PATHS = 4, 6, 3


class Recorder:
    """A metric that remembers what it was asked to compare."""

    def __init__(self) -> None:
        self.pairs: list[tuple[np.ndarray, np.ndarray]] = []
        self.metrics = {
            "seen": SetMetric(
                name="seen",
                version="1",
                unit="none",
                status="headline",
                experiments=frozenset({"plateau"}),
                definition="remembers",
                ingredient=lambda curves: curves.l2.astype(np.float64),
                compute=self.compare,
            )
        }

    def compare(self, first: np.ndarray, second: np.ndarray) -> float:
        self.pairs.append((first, second))
        return float(len(self.pairs))


def traced(draws: int = DRAWS) -> list[Sample]:
    """Draws whose curves are (number of the draw, document, base)."""
    bases = np.arange(DOCUMENTS * PATHS)
    place = bases // PATHS
    return [
        sample(
            np.ones(len(bases)),
            log_kl=np.stack([np.full(len(bases), draw), place, bases], axis=1),
            documents=[f"d{each}" for each in place],
        )
        for draw in range(draws)
    ]


def recorded(draws: list[Sample]) -> list[tuple[np.ndarray, np.ndarray]]:
    recorder = Recorder()
    noise_floors(recorder.metrics, draws, rng=np.random.default_rng(0))
    return recorder.pairs


def test_there_are_as_many_replicates_as_promised() -> None:
    assert FLOOR_REPLICATES >= 200
    assert len(recorded(traced())) == FLOOR_REPLICATES
    floors = noise_floors(WIDTH, traced(), rng=np.random.default_rng(0))
    assert len(floors["plateau_width"].distances) == FLOOR_REPLICATES


def test_a_document_is_of_one_draw_and_opposite_it_of_another() -> None:
    for pair in recorded(traced()):
        draws = [
            [set(side[side[:, 1] == document, 0]) for document in range(DOCUMENTS)] for side in pair
        ]
        assert all(len(each) == 1 for side in draws for each in side)
        assert all(one != other for one, other in zip(*draws, strict=True))


def test_documents_are_swapped_each_on_its_own() -> None:
    mixtures = {tuple(first[:, 0]) for first, _ in recorded(traced())}
    assert len(mixtures) > 0.9 * FLOOR_REPLICATES


def test_no_observation_occurs_twice() -> None:
    for first, second in recorded(traced()):
        for side in (first, second):
            np.testing.assert_array_equal(side[:, 2], np.arange(DOCUMENTS * PATHS))
        both = np.concatenate([first, second])
        assert len(np.unique(both[:, [0, 2]], axis=0)) == len(both)


def test_every_pair_of_draws_is_as_likely_in_either_order() -> None:
    counts = Counter(
        (int(one), int(other))
        for first, second in recorded(traced())
        for one, other in zip(first[::PATHS, 0], second[::PATHS, 0], strict=True)
    )
    assert len(counts) == DRAWS * (DRAWS - 1)
    assert chisquare(list(counts.values())).pvalue > 0.001


def test_two_draws_are_swapped() -> None:
    for first, second in recorded(traced(2)):
        np.testing.assert_array_equal(first[:, 0], 1 - second[:, 0])


def test_only_bases_that_all_draws_have_count() -> None:
    draws = traced()
    draws[1] = draws[1].where(draws[1].bases != 4)
    draws[3] = draws[3].where(draws[3].bases > 1)
    for first, second in recorded(draws):
        expected = [base for base in range(2, DOCUMENTS * PATHS) if base != 4]
        np.testing.assert_array_equal(first[:, 2], expected)
        np.testing.assert_array_equal(second[:, 2], expected)


def test_path_values_and_curves_move_together() -> None:
    draws = [sample(each.log_kl[:, 0], log_kl=each.log_kl) for each in traced(2)]
    floors = noise_floors(
        WIDTH | {"kl_curve_gap": METRICS["kl_curve_gap"]}, draws, rng=np.random.default_rng(0)
    )
    # Paths differ by 1 in the first of three points, and so do the values.
    np.testing.assert_allclose(
        floors["plateau_width"].distances, 3 * floors["kl_curve_gap"].distances
    )


def test_the_floor_is_what_fresh_draws_of_the_same_bases_show() -> None:
    rng = np.random.default_rng(0)
    names = [f"draw-{number}" for number in range(150)]
    fresh = list(clustered(dict.fromkeys(names, 0.0), rng=rng, documents=60).values())
    distances = [
        sample_distance(WIDTH["plateau_width"], first, second)
        for first, second in zip(fresh[::2], fresh[1::2], strict=True)
    ]
    floors = noise_floors(WIDTH, fresh[:8], rng=rng)
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
    metrics = WIDTH | {"kl_curve_gap": METRICS["kl_curve_gap"]}
    floors = noise_floors(metrics, draws, rng=np.random.default_rng(0))
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
