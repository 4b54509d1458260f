from __future__ import annotations

from dataclasses import replace
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, fisher_exact

from synact_bench.similarity.copying import Copying, closeness, copying, limits
from synact_bench.similarity.data_copying import cell_centres
from synact_bench.similarity.pool import Pool
from synact_bench.similarity.rule import Closeness, Stored
from tests.helpers.clusters import Clusters, gaussian_like

N = 200


def judged(sample: Closeness, heldout: Closeness) -> Copying:
    """All rules, C_T calibrated on the held-out rows."""
    return copying(sample, heldout, limits=limits(heldout, n=len(sample), seed=0))


class World:
    """Clustered activations: pools, held-out rows and what they measure."""

    def __init__(self, *, d: int = 64, train: int = 3000, heldout: int = 1000) -> None:
        rng = np.random.default_rng(0)
        self.clusters = Clusters.draw(rng=rng, d=d)
        self.train = self.clusters.rows(train, rng=rng)
        self.test = self.clusters.rows(train // 2, rng=rng)
        centres = cell_centres(self.train, rng=rng, cells=4)
        self.stored = Stored(Pool(self.train), centres, Pool(self.test))
        self.heldout_rows = self.clusters.rows(heldout, rng=rng)
        self.heldout = closeness(self.heldout_rows, self.stored)

    def fresh(self, n: int = N, *, seed: int = 1) -> np.ndarray:
        return self.clusters.rows(n, rng=np.random.default_rng(seed))

    def flags(self, sample, shown=None) -> set[str]:
        measured = closeness(sample.astype(np.float32), self.stored, shown=shown)
        return set(judged(measured, self.heldout).flags)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.mark.parametrize("seed", range(1, 9))
def test_fresh_real_is_not_flagged(world: World, seed: int) -> None:
    assert world.flags(world.fresh(seed=seed), shown=world.fresh(seed=seed + 100)) == set()


def test_heldout_itself_and_gaussians_are_not_flagged(world: World) -> None:
    assert world.flags(world.heldout_rows) == set()
    assert world.flags(gaussian_like(world.train, N, rng=np.random.default_rng(1))) == set()


def noisy(rows, size: float):
    return rows + size * np.random.default_rng(2).normal(size=rows.shape)


def mixed(rows, others, weight: float):
    return weight * rows + (1 - weight) * others


ATTACKS = {
    "stored rows": (
        lambda world: world.train[:N],
        {"near-duplicate", "not-authentic", "data-copying", "mixture", "rescaled"},
    ),
    "stored rows and small noise": (
        lambda world: noisy(world.train[:N], 0.05),
        {"near-duplicate", "not-authentic", "data-copying"},
    ),
    "half stored, half fresh": (
        lambda world: np.concatenate([world.train[: N // 2], world.fresh(N // 2)]),
        {"near-duplicate", "not-authentic", "data-copying"},
    ),
    "rescaled": (lambda world: 0.8 * world.train[:N], {"rescaled"}),
    "mixtures, half": (
        lambda world: mixed(world.train[:N], world.train[N : 2 * N], 0.5),
        {"mixture"},
    ),
    "mixtures, .7": (
        lambda world: mixed(world.train[:N], world.train[N : 2 * N], 0.7),
        {"mixture"},
    ),
    "mixtures, .9": (
        lambda world: mixed(world.train[:N], world.train[N : 2 * N], 0.9),
        {"mixture"},
    ),
    "mixtures and small noise": (
        lambda world: noisy(mixed(world.train[:N], world.train[N : 2 * N], 0.7), 0.1),
        {"mixture"},
    ),
    "the test pool": (lambda world: world.test[:N], {"test-pool"}),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_flagged_by_its_rules(world: World, attack: str) -> None:
    sample, rules = ATTACKS[attack]
    assert rules <= world.flags(sample(world))


def test_a_text_that_repeats_itself_does_not_hide_what_is_nearly_its_own(world: World) -> None:
    foreign = world.heldout.measured["test-pool"].copy()
    foreign[: len(foreign) // 20] = 0  # more than 1 % of the windows occur twice
    repeated = replace(world.heldout, measured={**world.heldout.measured, "test-pool": foreign})
    for sample, found in ((noisy(world.test[:N], 0.05), True), (world.fresh(), False)):
        result = judged(closeness(sample, world.stored), repeated)
        (finding,) = [each for each in result.findings if each.rule == "test-pool"]
        assert finding.flagged is found
        assert finding.threshold == pytest.approx(
            next(each.threshold for each in result.findings if each.rule == "near-duplicate")
        )


def test_the_base_handed_back_is_an_echo(world: World) -> None:
    shown = world.fresh(seed=5)
    assert world.flags(shown, shown=shown) == {"echo"}
    assert world.flags(noisy(shown, 0.1), shown=shown) == {"echo"}
    assert world.flags(shown, shown=world.fresh(seed=6)) == set()


def test_rules_without_their_pool_or_base_are_not_tried(world: World) -> None:
    stored = replace(world.stored, foreign=None)
    measured = closeness(world.fresh(), stored)
    assert "test-pool" not in measured.measured
    result = judged(measured, world.heldout)
    assert [finding.rule for finding in result.findings] == [
        "near-duplicate",
        "not-authentic",
        "data-copying",
        "mixture",
        "rescaled",
    ]


@pytest.mark.parametrize("n", [1, 2])
def test_a_tiny_sample_is_measured_and_an_honest_one_not_flagged(world: World, n: int) -> None:
    assert world.flags(world.fresh(n)) == set()
    assert world.flags(world.train[:1]) == set()  # a single row proves nothing
    result = judged(closeness(world.fresh(n), world.stored), world.heldout)
    assert result.n == n
    assert "data-copying" not in {finding.rule for finding in result.findings}


@pytest.mark.parametrize("rows", [np.zeros((0, 64)), np.full((2, 64), np.nan)])
def test_what_is_no_sample_is_refused(world: World, rows) -> None:
    with pytest.raises(ValueError, match="finite and at least one"):
        closeness(rows, world.stored)


def test_it_repeats_itself(world: World) -> None:
    sample = mixed(world.train[:N], world.fresh(), 0.8).astype(np.float32)
    results = [judged(closeness(sample, world.stored), world.heldout) for _ in range(2)]
    assert results[0] == results[1]


@pytest.fixture(scope="module")
def small() -> World:
    return World(d=8, train=300, heldout=200)


def test_noise_larger_than_a_near_duplicate_is_still_not_authentic(small: World) -> None:
    noise = np.random.default_rng(2).normal(size=(N, 8))
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    reach = np.quantile(small.heldout.measured["near-duplicate"], 0.01)
    flags = small.flags(small.train[:N] + 1.2 * reach * noise)
    assert "near-duplicate" not in flags
    assert {"not-authentic", "data-copying"} <= flags


@settings(max_examples=20)
@given(st.integers(0, 1000), st.sampled_from([2.0**-6, 1.0, 32.0]))
def test_neither_the_order_of_rows_nor_the_unit_changes_what_is_found(
    small: World, seed: int, unit: float
) -> None:
    rng = np.random.default_rng(seed)
    pick = rng.permutation(300)[:60]
    rows = np.concatenate([small.train[pick[:30]], small.fresh(30, seed=seed)])
    order = rng.permutation(60)
    stored = Stored(
        Pool(small.train * np.float32(unit)),
        small.stored.cells * unit,
        Pool(small.test * np.float32(unit)),
    )
    plain = closeness(rows, small.stored)
    other = closeness(rows[order] * np.float32(unit), stored)
    was = {name: values[order] for name, values in plain.measured.items()}
    now, near = other.measured, "near-duplicate"
    np.testing.assert_allclose(now[near], unit * was[near], atol=1e-6 * unit)
    np.testing.assert_allclose(now["mixture"], was["mixture"], atol=1e-3)
    np.testing.assert_array_equal(now["not-authentic"], was["not-authentic"])
    heldout = closeness(small.heldout_rows * np.float32(unit), stored)
    found = judged(other, heldout)
    expected = judged(plain, small.heldout)
    assert found.flags == expected.flags


def of_numbers(nearest, *, authentic=None, echo=None) -> Closeness:
    """A sample of which only these numbers matter."""
    values = np.asarray(nearest, dtype=np.float64)
    far = np.arange(1.0, len(values) + 1)
    known = np.ones(len(values), dtype=bool) if authentic is None else np.asarray(authentic)
    measured = {"near-duplicate": values, "not-authentic": known, "rescaled": far, "mixture": far}
    measured |= {} if echo is None else {"echo": echo}
    return Closeness(measured, np.zeros(len(values), dtype=np.int64))


def finding(rule: str, sample: Closeness, heldout: Closeness):
    found = judged(sample, heldout).findings
    return next(each for each in found if each.rule == rule)


@pytest.mark.parametrize(("n", "m"), [(3, 5), (1, 9), (10, 40)])
def test_the_chance_that_all_rows_lie_nearer_than_all_of_heldout(n: int, m: int) -> None:
    one = finding("near-duplicate", of_numbers(np.zeros(n)), of_numbers(np.arange(m) + 1.0))
    assert one.value == 1
    assert one.threshold == 1
    assert one.p == pytest.approx(1 / comb(n + m, n))  # one order of n + m values in so many


def test_with_much_heldout_the_chance_is_binomial() -> None:
    sample = of_numbers(np.r_[np.zeros(9), np.full(191, 1e6)])
    one = finding("near-duplicate", sample, of_numbers(np.arange(20_000.0)))
    assert one.expected == 0.01
    assert one.p == pytest.approx(binomtest(9, 200, 0.01, "greater").pvalue, rel=0.2)
    assert finding("near-duplicate", of_numbers([5e5]), of_numbers(np.arange(1000.0))).p == 1


def test_significant_but_slight_closeness_is_not_flagged() -> None:
    heldout = of_numbers(np.arange(1000.0))
    shares = {hits: np.r_[np.zeros(hits), np.full(400 - hits, 1e6)] for hits in (40, 60)}
    slight, strong = (finding("near-duplicate", of_numbers(x), heldout) for x in shares.values())
    assert slight.p < 0.001
    assert not slight.flagged
    assert strong.flagged


def test_real_that_repeats_itself_is_no_reason_for_a_flag() -> None:
    heldout = of_numbers(np.r_[np.zeros(150), np.arange(850) + 1.0])
    one = finding("near-duplicate", of_numbers(np.r_[np.zeros(60), np.ones(340)]), heldout)
    assert one.threshold == 0
    assert one.expected == 0.15
    assert not one.flagged
    assert finding("near-duplicate", of_numbers(np.zeros(400)), heldout).flagged


def test_echo_is_judged_by_the_distance_of_a_near_duplicate() -> None:
    heldout = of_numbers(np.arange(1000.0))
    one = finding("echo", of_numbers(np.full(50, 500.0), echo=np.full(50, 9.0)), heldout)
    assert one.threshold == finding("near-duplicate", of_numbers([1.0]), heldout).threshold == 9
    assert one.flagged


@pytest.mark.parametrize(
    ("n", "hits", "flagged"),
    [
        (200, 0, True),
        (200, 70, True),
        (200, 88, False),
        (200, 160, False),
        (1000, 420, False),  # significant, and too slight
    ],
)
def test_authenticity_is_compared_by_fishers_test(n: int, hits: int, flagged: bool) -> None:
    heldout = of_numbers(np.ones(1000), authentic=np.arange(1000) < 500)
    sample = of_numbers(np.ones(n), authentic=np.arange(n) < hits)
    one = finding("not-authentic", sample, heldout)
    table = [[hits, n - hits], [500, 500]]
    assert one.p == pytest.approx(fisher_exact(table, alternative="less").pvalue)
    assert one.value == hits / n
    assert one.flagged is flagged


def test_a_copy_of_a_row_stored_twice_is_not_authentic(small: World) -> None:
    twice = Pool(np.concatenate([small.train, small.train[:3]]))
    measured = closeness(small.train[:6], replace(small.stored, train=twice))
    assert not measured.measured["not-authentic"].any()
