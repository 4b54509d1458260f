from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest

from synact_bench.results import facts_json
from synact_bench.scoring import CellName, Estimate, Realism
from tests.helpers import cells

FACTS = {
    CellName("plateau", "scaled"): (1, 2.5, None, True, "ü"),
    "nested": [{"a": (CellName("a", "b"),)}, []],
    "model": cells.identity("mine", "plateau", "scaled"),
    "number": np.float64(0.1) + 0.2,
}


def test_facts_are_read_as_they_were_written() -> None:
    found = facts_json.loads(facts_json.dumps(FACTS))
    assert found == FACTS
    assert isinstance(next(iter(found)), CellName)
    assert isinstance(found["nested"][0]["a"], tuple)


@pytest.mark.parametrize("kind", ["f8", "f4", "i8"])
def test_arrays_keep_every_bit(kind: str) -> None:
    given = np.array([[1 / 3, 2.0], [5.0, 7.0]]).astype(kind)
    found = facts_json.loads(facts_json.dumps(given))
    assert found.dtype == given.dtype
    np.testing.assert_array_equal(found, given)


def test_dataclasses_are_made_again() -> None:
    given = Realism(Estimate(0.5, np.array([0.25, math.pi])))
    found = facts_json.loads(facts_json.dumps(given))
    assert found.estimate.value == 0.5
    assert found.estimate.interval == given.estimate.interval
    assert facts_json.loads(facts_json.dumps(Realism(None, "why"))).reason == "why"


@dataclasses.dataclass
class Stranger:
    value: int


@pytest.mark.parametrize("given", [{1, 2}, Stranger(1), np.array(["a"]), print])
def test_what_is_no_fact_is_not_written(given: Any) -> None:
    with pytest.raises(TypeError):
        facts_json.dumps(given)


@pytest.mark.parametrize(
    "given",
    [
        {"class": "subprocess:Popen", "fields": {"args": ["true"]}},
        {"class": "synact_bench.results.facts_json:dumps", "fields": {}},
        {"class": "synact_bench.results.facts_json:base64", "fields": {}},
        {"class": "synact_bench.results.record:Record", "fields": {}},
        {"model": "synact_bench.scoring.estimate:Estimate", "fields": {}},
        {"named": "synact_bench.scoring.estimate:Estimate", "items": []},
        {"array": "O", "shape": [1], "bytes": ""},
        {"other": 1},
    ],
)
def test_what_it_does_not_write_is_refused(given: Any) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        facts_json.loads(json.dumps(given).encode())
