from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.realism import Realism, mean_realism

NOT_HERE = Realism(None, "too close", applicable=False)


def valued(value: float) -> Realism:
    return Realism(Estimate(value))


@pytest.mark.parametrize(("estimate", "reason"), [(None, None), (Estimate(0.5), "why")])
def test_a_realism_is_a_number_or_a_reason(estimate, reason) -> None:
    with pytest.raises(ValueError, match="give one"):
        Realism(estimate, reason)


def test_what_is_not_applicable_has_no_number() -> None:
    with pytest.raises(ValueError, match="not applicable"):
        Realism(Estimate(0.5), applicable=False)
    assert NOT_HERE.value is None


@given(st.lists(st.floats(-10, 10), min_size=1), st.integers(0, 3))
def test_a_mean_is_the_plain_mean_of_what_is_applicable(values: list[float], others: int) -> None:
    parts = {str(place): valued(value) for place, value in enumerate(values)}
    parts |= {f"other {place}": NOT_HERE for place in range(others)}
    assert mean_realism(parts).value == pytest.approx(sum(values) / len(values), abs=1e-9)


def test_a_mean_has_replicates() -> None:
    parts = {
        "a": Realism(Estimate(1.0, np.array([1.0, 2.0]))),
        "b": NOT_HERE,
        "c": Realism(Estimate(3.0, np.array([5.0, 4.0]))),
    }
    np.testing.assert_allclose(mean_realism(parts).estimate.replicates, [3.0, 3.0])


def test_a_mean_without_a_part_is_none_and_names_every_part_it_lacks() -> None:
    parts = {
        "a": Realism(None, "gone"),
        "b": valued(0.5),
        "c": Realism(None, "late"),
        "d": NOT_HERE,
    }
    result = mean_realism(parts)
    assert (result.value, result.reason, result.applicable) == (None, "a: gone; c: late", True)
    assert mean_realism({}).reason == "nothing to average"


def test_a_mean_of_nothing_applicable_is_itself_not_applicable() -> None:
    result = mean_realism({"a": NOT_HERE, "b": NOT_HERE})
    assert (result.value, result.applicable) == (None, False)
    assert result.reason == "a: too close; b: too close"
    assert mean_realism({"c": valued(0.5), "inner": result}).value == 0.5
