from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower

from synact_bench.scoring import Estimate
from synact_bench.scoring.decisions import Decision, decisions
from synact_bench.scoring.ranking import comparisons

RNG = np.random.default_rng(0)
NOISE = RNG.standard_normal(4000)


def estimate(value: float, spread: float, *, noise: np.ndarray = NOISE) -> Estimate:
    return Estimate(value, value + spread * noise)


def test_the_higher_row_comes_first_and_is_decided_where_the_difference_is_large() -> None:
    values = {"low": estimate(0.2, 0.05), "high": estimate(0.9, 0.05, noise=NOISE[::-1])}
    (pair,) = decisions(values, documents=100)
    assert (pair.higher, pair.lower, pair.decided) == ("high", "low", True)
    assert pair.difference.value == pytest.approx(0.7)
    assert pair.needed == 20  # fewer are never resampled


def test_the_documents_needed_are_those_of_a_normal_test_of_that_power() -> None:
    """Against an independent power analysis: one sample of n documents, an effect of d / sd."""
    error, difference, documents = 0.1, 0.04, 250
    pair = Decision("a", "b", estimate(difference, error), 0.7, documents)
    measured = pair.difference.standard_error
    sd = measured * np.sqrt(documents)
    # With ratio 0 the second sample is infinite: a test of one.
    wanted = NormalIndPower().solve_power(difference / sd, alpha=0.05, power=0.8, ratio=0)
    assert pair.needed == pytest.approx(wanted, rel=0.01)
    assert not pair.decided


@given(scale=st.floats(0.01, 100), difference=st.floats(0.001, 1))
def test_the_documents_needed_do_not_depend_on_the_unit(scale: float, difference: float) -> None:
    one = Decision("a", "b", estimate(difference, 0.3), 0.5, 300)
    other = Decision("a", "b", estimate(scale * difference, scale * 0.3), 0.5, 300)
    assert one.needed == pytest.approx(other.needed, rel=1e-3, abs=1)


def test_equal_rows_and_rows_without_replicates_need_no_number() -> None:
    equal = {"a": estimate(0.5, 0.1), "b": estimate(0.5, 0.1)}
    bare = {"a": Estimate(0.5), "b": Estimate(0.7)}
    for values in (equal, bare):
        (pair,) = decisions(values, documents=100)
        assert pair.needed is None
        assert not pair.decided


def test_every_pair_is_there_with_the_p_values_of_the_ranking() -> None:
    values = {
        name: estimate(value, 0.1, noise=RNG.standard_normal(4000))
        for name, value in {"a": 0.1, "b": 0.5, "c": 0.45}.items()
    }
    found = decisions(values, documents=60)
    assert [(each.higher, each.lower) for each in found] == [("b", "a"), ("c", "a"), ("b", "c")]
    wanted = {frozenset((each.first, each.second)): each.pvalue for each in comparisons(values)}
    assert {frozenset((each.higher, each.lower)): each.pvalue for each in found} == wanted
