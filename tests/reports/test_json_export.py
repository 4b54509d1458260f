from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.reports.json_export import plain, to_json
from synact_bench.results.record import MetricFacts
from synact_bench.scoring import CellName, Estimate


@dataclass(frozen=True)
class Part:
    name: str
    value: object


@dataclass(frozen=True)
class Sum:
    parts: tuple[int, ...]
    derived: ClassVar[tuple[str, ...]] = ("total",)

    @property
    def total(self) -> int:
        return sum(self.parts)

    @property
    def mean(self) -> float:
        return self.total / len(self.parts)


def test_a_derived_property_stands_beside_the_fields_and_no_other_does() -> None:
    assert plain(Sum((1, 2))) == {"parts": [1, 2], "total": 3}


@dataclass(frozen=True)
class Late:
    name: str
    added: dict[str, int]
    unless_empty: ClassVar[tuple[str, ...]] = ("added",)


def test_a_field_that_came_later_is_left_out_where_it_is_empty() -> None:
    assert plain(Late("a", {})) == {"name": "a"}
    assert plain(Late("a", {"b": 1})) == {"name": "a", "added": {"b": 1}}


def test_an_estimate_is_its_value_and_the_ends_of_its_interval() -> None:
    replicates = np.linspace(0.0, 1.0, 41)
    assert plain(Estimate(0.5, replicates)) == {"value": 0.5, "low": 0.025, "high": 0.975}


def test_an_estimate_without_replicates_has_no_interval() -> None:
    assert plain(Estimate(0.5)) == {"value": 0.5, "low": None, "high": None}


def test_dataclasses_and_models_are_dicts_and_cells_are_named() -> None:
    given_value = {CellName("plateau", "scaled"): [Part("a", (1, None))]}
    assert plain(given_value) == {"plateau/scaled": [{"name": "a", "value": [1, None]}]}
    facts = MetricFacts(tau=1.0, absolute_length=60.0)
    assert plain(facts) == {"tau": 1.0, "absolute_length": 60.0}


@pytest.mark.parametrize(
    ("value", "shown"), [(1 / 3, 0.333333), (1234567.8, 1234570.0), (2, 2), (True, True)]
)
def test_six_digits_are_kept_of_a_float_and_all_of_the_rest(value: Any, shown: Any) -> None:
    assert plain(value) == shown
    assert type(plain(value)) is type(shown)


def test_json_is_sorted_and_ends_its_last_line() -> None:
    text = to_json({"b": 1, "a": [2.0]})
    assert text == '{\n "a": [\n  2.0\n ],\n "b": 1\n}\n'


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_json_cannot_hold_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_json({"score": value})


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_was_rounded_once_stays(value: float) -> None:
    once = json.loads(to_json(value))
    assert json.loads(to_json(once)) == once
    assert once == pytest.approx(value, rel=1e-5)
