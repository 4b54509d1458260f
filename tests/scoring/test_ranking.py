from __future__ import annotations

import math
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from synact_bench.metrics import METRICS
from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.ranking import ALPHA, adjacent_detectable, comparisons, holm, rank
from synact_bench.scoring.resampling import Resampling
from synact_bench.scoring.scores import estimated
from tests.helpers.samples import clustered

NORMAL = np.random.default_rng(0).normal(size=(6, 600))


def rows(*values: float, spread: float = 1.0, common: float = 0.0) -> dict[str, Estimate]:
    """Rows called a, b, ... whose differences have a standard error of ``spread``."""
    return {
        name: Estimate(value, value + common * NORMAL[-1] + spread / math.sqrt(2) * noise)
        for name, value, noise in zip("abcde", values, NORMAL[:-1], strict=False)
    }


def test_holm_by_hand() -> None:
    # In order: 0.005 * 4, 0.01 * 3, 0.03 * 2, 0.04 * 1; none below the one before.
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm([0.6, 0.9]), [1.0, 1.0])
    assert len(holm([])) == 0


def test_holm_is_what_statsmodels_says() -> None:
    pvalues = [*np.random.default_rng(0).uniform(size=30) ** 4, 0.0, 0.001, 0.001, 1.0]
    np.testing.assert_allclose(holm(pvalues), multipletests(pvalues, method="holm")[1])


def test_a_pvalue_is_that_of_the_paired_difference() -> None:
    values = rows(1.0, 3.0, common=50.0)
    (found,) = comparisons(values)
    low, high = np.quantile(values["a"].replicates - values["b"].replicates, [0.025, 0.975])
    error = (high - low) / (2 * 1.959964)
    assert (found.first, found.second, found.difference) == ("a", "b", -2.0)
    assert found.pvalue == pytest.approx(math.erfc(2 / error / math.sqrt(2)), rel=1e-4)


def test_pvalues_are_adjusted_for_all_pairs() -> None:
    values = rows(0.0, 2.4)
    assert comparisons(values)[0].better == "b"
    five = comparisons(rows(0.0, 2.4, 1.2, 1.2, 1.2))
    assert [each.better for each in five] == [None] * 10
    assert five[0].pvalue == pytest.approx(10 * comparisons(values)[0].pvalue)


def test_clear_differences_make_an_order() -> None:
    ranking = rank(rows(1.0, 30.0, 20.0))
    assert ranking.ranks == {"a": 3, "b": 1, "c": 2}


def test_rows_that_cannot_be_told_apart_share_a_rank() -> None:
    assert rank(rows(20.0, 20.5, 1.0, 0.5, 0.7)).ranks == {"a": 1, "b": 1, "c": 3, "d": 3, "e": 3}


def test_a_tie_need_not_be_passed_on() -> None:
    # Neighbours cannot be told apart, the outer two can: only the last has anyone ahead of it.
    ranking = rank(rows(4.0, 2.0, 0.0))
    assert ranking.ranks == {"a": 1, "b": 1, "c": 2}


@settings(max_examples=30)
@given(st.lists(st.floats(-6, 6), min_size=2, max_size=5))
def test_a_rank_is_one_more_than_the_number_of_rows_that_are_better(values) -> None:
    named = rows(*values)
    better = [each.better for each in comparisons(named)]
    behind = dict.fromkeys(named, 1)
    for (first, second), winner in zip(combinations(named, 2), better, strict=True):
        if winner == first:
            behind[second] += 1
        elif winner == second:
            behind[first] += 1
    assert rank(named).ranks == behind
    assert all(named[winner].value > min(values) for winner in better if winner)


def test_the_order_in_which_rows_come_plays_no_part() -> None:
    named = rows(4.0, 2.0, 0.0, 9.0)
    for order in permutations(named):
        mixed = rank({name: named[name] for name in order})
        assert mixed.ranks == rank(named).ranks
        assert mixed.detectable == pytest.approx(rank(named).detectable)


def test_rows_without_replicates_cannot_be_told_apart() -> None:
    ranking = rank({"a": Estimate(1.0), "b": Estimate(50.0), "c": Estimate(2.0, NORMAL[0])})
    assert ranking.ranks == {"a": 1, "b": 1, "c": 1}
    assert ranking.detectable is None


def test_a_difference_without_any_spread_is_certain() -> None:
    values = rows(1.0, 1.0, spread=0.0)
    assert comparisons(values)[0].pvalue == 1
    assert rank(rows(1.0, 2.0, spread=0.0)).ranks == {"a": 2, "b": 1}


def test_few_rows() -> None:
    assert rank({}).ranks == {}
    alone = rank(rows(1.0))
    assert (alone.ranks, alone.detectable) == ({"a": 1}, None)


def test_the_detectable_difference_is_that_of_the_median_pair() -> None:
    values = rows(0.0, 0.0, 0.0)
    values["c"] = Estimate(0.0, 10 * NORMAL[2])
    errors = [
        np.diff(np.quantile(first.replicates - second.replicates, [0.025, 0.975]))[0] / 3.919928
        for first, second in combinations(values.values(), 2)
    ]
    # 1.96 for the level, 0.84 for the power.
    expected = (1.959964 + 0.841621) * np.median(errors)
    assert rank(values).detectable == pytest.approx(expected, rel=1e-5)


def test_the_detectable_difference_is_detected_four_times_in_five() -> None:
    values = rows(0.0, 0.0)
    error = (values["a"] - values["b"]).standard_error
    observed = rank(values).detectable + error * np.random.default_rng(1).normal(size=20_000)
    assert np.mean(observed > 1.959964 * error) == pytest.approx(0.8, abs=0.01)


def test_equal_rows_are_rarely_told_apart() -> None:
    names = [f"row {number}" for number in range(6)]
    sets, false_alarms = 300, 0
    for seed in range(sets):
        rng = np.random.default_rng(seed)
        shifts = {"real": 0.0} | dict.fromkeys(names, (0.3, 1.0)[seed % 2])
        samples = clustered(shifts, rng=rng, documents=120)
        real = samples.pop("real")
        resampling = Resampling.bootstrap(real.documents, rng=rng, replicates=400)
        distances = {
            name: estimated(METRICS["max_slope_step"], real, each, resampling)
            for name, each in samples.items()
        }
        false_alarms += any(each.pvalue < ALPHA for each in comparisons(distances))
    assert false_alarms / sets <= 0.08


def test_the_detectable_difference_of_neighbours_leaves_out_other_pairs() -> None:
    values = rows(0.0, 3.0, 1.0)
    # In order a, c, b: of the three pairs, a and b are no neighbours.
    values["b"] = Estimate(3.0, 3.0 + 10 * NORMAL[0])  # moves with a: their difference is large
    expected = [
        (values[one] - values[other]).standard_error for one, other in (("a", "c"), ("c", "b"))
    ]
    found = adjacent_detectable(values)
    assert found == pytest.approx((1.959964 + 0.841621) * np.mean(expected), rel=1e-5)
    assert adjacent_detectable({"a": values["a"]}) is None
