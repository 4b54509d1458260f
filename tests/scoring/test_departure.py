from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.scoring import CellName, Estimate, Realism
from synact_bench.scoring.departure import (
    departure,
    disagree,
    displayed,
    overall_departure,
    realism_of,
)

A, B, C = CellName("one", "a"), CellName("one", "b"), CellName("two", "a")


def test_it_is_a_root_in_units_of_the_gaussian() -> None:
    found = departure(Estimate(1.0, np.array([4.0, -1.0, 0.0])), 4.0)
    assert found.value == 0.5
    np.testing.assert_array_equal(found.replicates, [1, 0, 0])
    assert departure(Estimate(-0.1), 4.0).value == 0
    with pytest.raises(ValueError, match="gamma must be above 0"):
        departure(Estimate(1.0), 0.0)


def test_each_experiment_weighs_the_same() -> None:
    cells = {A: Estimate(0.0), B: Estimate(1.0), C: Estimate(1.0)}
    assert overall_departure(cells).value == 0.75
    assert realism_of(cells).value == 0.25
    assert realism_of(cells, [A, B]).value == 0.5


def test_replicates_stay_paired() -> None:
    one, two = np.array([0.0, 1.0]), np.array([1.0, 3.0])
    found = realism_of({A: Estimate(0.5, one), C: Estimate(2.0, two)}).estimate
    np.testing.assert_array_equal(found.replicates, [0.5, -1.0])


def test_a_missing_cell_is_named() -> None:
    assert realism_of({A: Estimate(0.0)}, [A, C]).reason == "no cell: two/a"
    assert realism_of({}).reason == "nothing to average"


@given(st.floats(-50, 1), st.floats(-50, 1))
def test_what_is_shown_is_bounded_and_keeps_the_order(one: float, other: float) -> None:
    shown = displayed(one)
    assert -1 < shown <= 1
    assert shown >= one
    assert (shown < displayed(other)) <= (one < other)


def test_what_is_shown_by_hand() -> None:
    assert displayed(0.4) == 0.4
    assert displayed(-1.0) == -0.5  # twice as far as the Gaussian
    assert displayed(-1e-6) == pytest.approx(-1e-6, rel=1e-4)


def test_parts_disagree_only_significantly() -> None:
    noise = np.linspace(-0.2, 0.2, 101)

    def part(value: float) -> Realism:
        return Realism(Estimate(value, value + noise))

    assert disagree([part(0.5), part(-0.5)])
    assert not disagree([part(0.5), part(-0.1)])
    assert not disagree([part(-0.5), part(-0.9)])
    assert disagree([Realism(Estimate(0.1)), Realism(Estimate(-0.1))])
    assert not disagree([Realism(None, "no cell"), part(-0.5)])
