from __future__ import annotations

import numpy as np
import pytest

from synact_bench.similarity.two_sample import (
    FEWEST,
    VOTERS,
    TwoSample,
    classifier_test,
    kernel_distance,
    two_sample,
)
from tests.helpers.clusters import Clusters


def normal(n: int, *, seed: int, d: int = 8, scale: float = 1.0, at: float = 0.0) -> np.ndarray:
    return at + scale * np.random.default_rng(seed).normal(size=(n, d))


def run(sample, real, *, seed: int = 0) -> TwoSample:
    return two_sample(sample, real, rng=np.random.default_rng(seed))


def test_the_kernel_distance_is_its_double_sum() -> None:
    sample, real = normal(5, seed=1, at=0.5), normal(6, seed=2)
    one, two = ((each - real.mean(0)) / real.std(0) for each in (sample, real))

    def kernel(first, second):
        return (first @ second / 8 + 1) ** 3

    within = [
        np.mean([kernel(rows[i], rows[j]) for i in range(n) for j in range(n) if i != j])
        for rows, n in ((one, 5), (two, 6))
    ]
    across = np.mean([kernel(first, second) for first in one for second in two])
    assert kernel_distance(sample, real) == pytest.approx(sum(within) - 2 * across)


def test_the_kernel_distance_of_one_distribution_is_nought_on_average() -> None:
    values = [
        kernel_distance(normal(60, seed=2 * seed), normal(60, seed=2 * seed + 1))
        for seed in range(60)
    ]
    assert min(values) < 0 < max(values)
    assert abs(np.mean(values)) < 4 * np.std(values) / len(values) ** 0.5
    assert kernel_distance(normal(60, seed=0, at=1), normal(60, seed=1)) > 10 * max(values)


def test_the_kernel_distance_has_no_unit_and_takes_constant_coordinates() -> None:
    sample, real = normal(20, seed=1, at=0.3), normal(20, seed=2)
    sample[:, 0] = real[:, 0] = 5
    units = np.geomspace(0.1, 1000, 8)
    plain = kernel_distance(sample, real)
    assert kernel_distance(units * sample, units * real) == pytest.approx(plain)


def test_the_classifier_counts_votes_as_a_plain_loop_does() -> None:
    sample, real = normal(15, seed=1, at=0.6), normal(15, seed=2)
    rows = np.concatenate([sample, real])
    right = []
    for i, row in enumerate(rows):
        apart = np.linalg.norm(rows - row, axis=1)
        apart[i] = np.inf
        votes = (np.argsort(apart)[:VOTERS] < 15).sum()
        right.append((votes > VOTERS / 2) == (i < 15))
    told = classifier_test(sample, real, rng=np.random.default_rng(0))
    assert told.sample == pytest.approx(np.mean(right[:15]))
    assert told.real == pytest.approx(np.mean(right[15:]))


def test_samples_apart_are_told_apart_for_certain() -> None:
    told = classifier_test(
        normal(30, seed=1, at=9), normal(30, seed=2), rng=np.random.default_rng(0), permutations=199
    )
    assert told == (1, 1, 1 / 200)


def test_a_scattered_or_constant_sample_is_told_apart_though_half_are_wrong() -> None:
    real = normal(60, seed=1, d=40)
    scattered = classifier_test(
        normal(60, seed=2, d=40, scale=2), real, rng=np.random.default_rng(0)
    )
    assert scattered.sample < 0.1
    assert scattered.real > 0.9
    assert scattered.p < 0.01
    constant = classifier_test(np.zeros((60, 40)), real, rng=np.random.default_rng(0))
    assert constant.sample == 1
    assert constant.p < 0.01


def test_p_values_of_one_distribution_are_spread_out() -> None:
    values = [
        classifier_test(
            normal(30, seed=2 * seed),
            normal(30, seed=2 * seed + 1),
            rng=np.random.default_rng(seed),
            permutations=99,
        ).p
        for seed in range(60)
    ]
    assert np.mean(values) == pytest.approx(0.5, abs=0.15)
    assert np.mean(np.array(values) <= 0.2) < 0.4


def test_fresh_real_is_near_and_shifted_is_not() -> None:
    rng = np.random.default_rng(0)
    clusters = Clusters.draw(rng=rng, d=16, clusters=10)
    real, fresh = clusters.rows(400, rng=rng), clusters.rows(150, rng=rng)
    near, far = run(fresh, real), run(fresh + 3, real)
    assert near.n == 150
    assert near.precision > 0.75
    assert near.recall > 0.75
    assert near.density == pytest.approx(1, abs=0.2)
    assert near.coverage > 0.9
    assert near.c2st_p > 0.01
    assert far.precision < 0.1
    assert far.coverage < 0.1
    assert far.kid > 5 * abs(near.kid)
    assert far.c2st_p < 0.01


def test_a_sample_of_one_mode_has_precision_and_no_recall() -> None:
    rng = np.random.default_rng(0)
    clusters = Clusters.draw(rng=rng, d=16, clusters=10)
    mode = Clusters(clusters.centres[:1])
    result = run(mode.rows(150, rng=rng), clusters.rows(150, rng=rng))
    assert result.precision > 0.6
    assert result.recall < 0.3
    assert result.coverage < 0.3


def test_it_repeats_itself_and_depends_on_the_seed_alone() -> None:
    sample, real = normal(40, seed=1), normal(90, seed=2)
    assert run(sample, real) == run(sample, real)
    assert run(sample, real) != run(sample, real, seed=1)


@pytest.mark.parametrize("n", [1, FEWEST - 1])
def test_too_few_rows_say_nothing(n: int) -> None:
    assert run(normal(n, seed=1), normal(50, seed=2)) == TwoSample(n)
    assert run(normal(50, seed=1), normal(n, seed=2)) == TwoSample(n)


def test_the_fewest_rows_and_a_constant_vector_give_numbers() -> None:
    result = run(np.ones((FEWEST, 8)), normal(50, seed=2))
    assert result.recall == 0
    assert all(np.isfinite(value) for value in vars(result).values())
