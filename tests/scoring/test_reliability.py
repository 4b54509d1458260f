from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.reliability import Agreement, Reversal, agreement, decided

NAMES = tuple("abcdef")


def half(*values: float, spread: float = 0.01, common: float = 0.0, seed: int = 0):
    """Rows by name, with replicates that share ``common`` and differ by ``spread``."""
    rng = np.random.default_rng(seed)
    shared = common * rng.normal(size=500)
    return {
        name: Estimate(value, value + shared + spread * rng.normal(size=500))
        for name, value in zip(NAMES, values, strict=False)
    }


def test_the_same_order_agrees_whole_and_the_opposite_not_at_all() -> None:
    assert agreement(half(1, 2, 3, 4), half(10, 20, 30, 31)) == Agreement(1.0, 4, (6, 6), 6, ())
    assert agreement(half(1, 2, 3), half(3, 2, 1)).rho == pytest.approx(-1)


def test_rho_is_the_correlation_of_the_places() -> None:
    # Places 1 2 3 4 5 against 2 1 4 3 5: rho = 1 - 6 (4 * 1) / (5 * 24).
    assert agreement(half(1, 2, 3, 4, 5), half(2, 1, 4, 3, 5)).rho == pytest.approx(0.8)
    # Tied rows share place 2.5: covariance 4.5 over the root of 5 * 4.5.
    tied = agreement(half(1, 2, 3, 4), half(1, 2, 2, 4)).rho
    assert tied == pytest.approx(4.5 / np.sqrt(5 * 4.5))


def test_a_reversal_names_who_was_better_in_which_half() -> None:
    result = agreement(half(1, 2, 3, 4), half(1, 3, 2, 4))
    assert result.reversals == (Reversal(first="c", second="b"),)
    assert agreement(half(1, 3, 2, 4), half(1, 2, 3, 4)).reversals == (Reversal("b", "c"),)


@pytest.mark.parametrize(("first", "second"), [(0.01, 5.0), (5.0, 0.01), (5.0, 5.0)])
def test_a_reversal_must_be_significant_in_both_halves(first: float, second: float) -> None:
    result = agreement(half(1, 2, 3, 4, spread=first), half(4, 3, 2, 1, spread=second))
    assert result.rho == pytest.approx(-1)
    assert result.reversals == ()


def test_differences_are_paired() -> None:
    noisy = agreement(half(1, 2, 3, common=50.0), half(3, 2, 1, common=50.0, seed=1))
    assert len(noisy.reversals) == 3


def test_many_pairs_ask_for_more() -> None:
    # A difference of 2.4 standard errors is significant alone, and is not among fifteen pairs.
    one, other = half(0, 2.4, spread=2**-0.5), half(2.4, 0, spread=2**-0.5, seed=1)
    assert agreement(one, other).reversals == (Reversal("b", "a"),)
    equal = (1.2, 1.2, 1.2, 1.2)
    many = half(0, 2.4, *equal, spread=2**-0.5), half(2.4, 0, *equal, spread=2**-0.5, seed=1)
    assert agreement(*many).reversals == ()


def test_without_replicates_nothing_is_significant() -> None:
    first = {name: Estimate(float(place)) for place, name in enumerate(NAMES)}
    second = {name: Estimate(-float(place)) for place, name in enumerate(NAMES)}
    minus_one: Any = pytest.approx(-1)
    assert agreement(first, second) == Agreement(minus_one, len(NAMES), (0, 0), 0, ())


def test_without_an_order_there_is_a_reason() -> None:
    few = agreement(half(1, 2), half(1, 2))
    assert few == Agreement(
        None, 2, (1, 1), 1, (), "2 rows have no order to speak of, 3 are needed"
    )
    level = agreement(half(1, 2, 3), half(2, 2, 2))
    assert level == Agreement(None, 3, (3, 0), 0, (), "all rows of a board have the same value")
    assert agreement({}, {}).rho is None


def test_pairs_are_counted_by_where_they_are_decided() -> None:
    # Of b and c the first board cannot tell which is better, of a and b the second.
    result = agreement(half(1, 2, 2, 4), half(3, 3, 2, 1, seed=1))
    assert result.pairs == 6
    assert result.decided == (5, 5)
    assert result.both == 4
    assert len(result.reversals) == 4


def test_rows_of_one_board_alone_are_left_out_but_count_for_its_significance() -> None:
    first = half(0, 2.4, spread=2**-0.5)
    crowded = first | {name: Estimate(9.0, np.full(500, 9.0)) for name in "uvwxyz"}
    second = half(2.4, 0, spread=2**-0.5, seed=1)
    assert agreement(first, second).decided == (1, 1)
    assert agreement(crowded, second).rows == 2
    assert agreement(crowded, second).decided == (0, 1)


def test_a_pair_is_decided_for_the_better_row_whichever_is_named_first() -> None:
    values = half(1, 2, 2)
    better = {frozenset("ab"): "b", frozenset("ac"): "c"}
    assert decided(values) == decided(dict(reversed(values.items()))) == better


values = st.lists(st.integers(-20, 20).map(float), min_size=6, max_size=6)


@settings(max_examples=15)
@given(values, values, st.permutations(NAMES))
def test_halves_and_rows_have_no_order(left, right, names) -> None:
    first, second = half(*left), half(*right, seed=1)
    result = agreement(first, second)
    moved = agreement({name: first[name] for name in names}, second)
    assert moved == result
    turned = agreement(second, first)
    assert turned.rho == pytest.approx(result.rho)
    assert {(each.second, each.first) for each in turned.reversals} == {
        (each.first, each.second) for each in result.reversals
    }
    for each in result.reversals:
        assert first[each.first].value > first[each.second].value
        assert second[each.second].value > second[each.first].value
