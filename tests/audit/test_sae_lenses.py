from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, spearmanr

from synact_bench.audit.sae_lenses import monotone, overall, pairs, reseeding
from synact_bench.scoring import Estimate

RNG = np.random.default_rng(7)


def estimate(value: float, error: float = 0.05, *, rng: np.random.Generator = RNG) -> Estimate:
    """Replicates of their own: differences of two are as wide as those of independent rows."""
    return Estimate(value, value + error * rng.standard_normal(400))


def test_seeds_that_spread_as_their_intervals_say_pass() -> None:
    found = reseeding({0: estimate(0.50), 1: estimate(0.54), 2: estimate(0.47)})
    assert found.verdict == "passes"
    assert found.spread == pytest.approx(np.std([0.50, 0.54, 0.47], ddof=1))
    assert found.stated == pytest.approx(0.05, rel=0.1)
    assert found.ratio == pytest.approx(found.spread / found.stated)


def test_seeds_that_spread_far_beyond_their_intervals_fail() -> None:
    assert reseeding({0: estimate(0.2), 1: estimate(0.5), 2: estimate(0.8)}).verdict == "fails"


def test_two_seeds_say_nothing_and_no_interval_states_nothing() -> None:
    assert reseeding({0: estimate(0.2), 1: estimate(0.8)}).verdict == "cannot be told"
    assert reseeding({0: estimate(0.2)}) is None
    assert reseeding({seed: Estimate(0.5) for seed in range(3)}) is None


def test_the_test_of_the_spread_rejects_a_true_interval_one_time_in_twenty() -> None:
    rng = np.random.default_rng(0)
    normal = norm.ppf((np.arange(400) + 0.5) / 400)
    rejected = 0
    for _ in range(400):
        values = {
            seed: Estimate(value, value + 0.1 * normal)
            for seed, value in enumerate(rng.normal(0, 0.1, 3))
        }
        rejected += reseeding(values).pvalue < 0.05
    assert 8 <= rejected <= 36


def test_a_score_that_rises_with_the_order_passes() -> None:
    found = monotone({step: estimate(0.1 * step) for step in (3, 1, 5, 2, 4)})
    assert list(found.values) == [1, 2, 3, 4, 5]
    assert found.correlation == pytest.approx(1)
    assert found.verdict == "passes"
    assert found.reversals == ()
    low, high = found.interval
    assert 0.5 < low <= high <= 1 + 1e-9


@pytest.mark.parametrize("place", range(4))
def test_one_neighbouring_pair_of_five_reversed_is_a_correlation_of_at_least_the_threshold(
    place: int,
) -> None:
    order = [0, 1, 2, 3, 4]
    order[place], order[place + 1] = order[place + 1], order[place]
    found = monotone({step: Estimate(float(value)) for step, value in enumerate(order)})
    assert found.correlation == pytest.approx(0.9)
    assert found.verdict == "passes"


def test_a_score_that_falls_with_the_order_fails_and_names_the_pairs() -> None:
    found = monotone({place: estimate(-float(place)) for place in range(5)})
    assert found.correlation == pytest.approx(-1)
    assert found.verdict == "fails"
    assert len(found.reversals) == 10
    assert (0, 4) in found.reversals


def test_few_dictionaries_have_no_verdict_and_equal_ones_no_correlation() -> None:
    assert monotone({place: estimate(place) for place in range(4)}).verdict == "cannot be told"
    equal = monotone({place: Estimate(0.5) for place in range(5)})
    assert equal.correlation is None
    assert equal.interval is None
    assert equal.verdict == "fails"
    with pytest.raises(ValueError, match="1 dictionaries have no order"):
        monotone({1: estimate(0.5)})


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=9, unique=True), st.randoms())
def test_the_correlation_is_that_of_the_places_in_whatever_order_they_are_given(
    numbers, random
) -> None:
    items = list(enumerate(numbers))
    expected = spearmanr(range(len(numbers)), numbers).statistic
    random.shuffle(items)
    found = monotone({place: Estimate(value) for place, value in items})
    assert found.correlation == pytest.approx(expected)


ORDER = ("good", "small", "pca")


def scores(good: float, small: float, pca: float, error: float) -> dict[str, Estimate]:
    return {
        name: estimate(value, error) for name, value in zip(ORDER, (good, small, pca), strict=True)
    }


def test_pairs_are_decided_from_as_few_bases_as_it_takes() -> None:
    by_bases = {
        1200: scores(0.8, 0.5, 0.2, 0.02),
        272: scores(0.8, 0.5, 0.2, 0.04),
        50: scores(0.8, 0.5, 0.2, 0.5),
    }
    found = pairs(ORDER, by_bases, {1200: 260, 272: 180, 50: 40})
    assert [(each.better, each.worse) for each in found] == [
        ("good", "small"),
        ("good", "pca"),
        ("small", "pca"),
    ]
    for each in found:
        assert list(each.by_bases) == [50, 272, 1200]
        assert each.outcome == "as expected"
        assert each.by_bases[50] == "undecided"
        assert each.enough == 272
        assert each.decision.documents == 260
    assert overall(found) == "passes"


def test_a_pair_that_is_lost_again_on_more_bases_is_decided_only_after_that() -> None:
    sure, unsure = scores(0.8, 0.5, 0.2, 0.02), scores(0.8, 0.5, 0.2, 0.9)
    found = pairs(ORDER, {50: sure, 100: unsure, 200: sure}, {50: 40, 100: 60, 200: 90})
    assert {each.enough for each in found} == {200}
    lost = pairs(ORDER, {50: sure, 100: unsure}, {50: 40, 100: 60})
    assert {each.enough for each in lost} == {None}
    assert overall(lost) == "cannot be told"


def test_one_pair_the_other_way_fails() -> None:
    found = pairs(ORDER, {100: scores(0.8, 0.2, 0.5, 0.02)}, {100: 60})
    outcomes = {(each.better, each.worse): each.outcome for each in found}
    assert outcomes[("small", "pca")] == "reversed"
    differences = [each.difference.value for each in found]
    assert differences == pytest.approx([0.6, 0.3, -0.3])
    ends = found[2].difference.interval
    assert ends[0] < -0.3 < ends[1] < 0
    assert outcomes[("good", "pca")] == "as expected"
    assert overall(found) == "fails"


def test_a_dictionary_without_a_score_is_refused() -> None:
    part = {name: estimate(0.5) for name in ORDER[:2]}
    with pytest.raises(ValueError, match="no score of pca"):
        pairs(ORDER, {100: part}, {100: 60})
