from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.realism import Realism, median_realism


@pytest.mark.parametrize(("estimate", "reason"), [(None, None), (Estimate(0.5), "why")])
def test_a_realism_is_a_number_or_a_reason(estimate, reason) -> None:
    with pytest.raises(ValueError, match="give one"):
        Realism(estimate, reason)


@given(st.lists(st.floats(-10, 10), min_size=1))
def test_a_median_is_that_of_the_numbers(values: list[float]) -> None:
    parts = {str(place): Realism(Estimate(value)) for place, value in enumerate(values)}
    assert median_realism(parts).value == pytest.approx(float(np.median(values)))


def test_a_median_has_replicates() -> None:
    parts = {
        "a": Realism(Estimate(1.0, np.array([1.0, 2.0]))),
        "b": Realism(Estimate(9.0, np.array([9.0, 0.0]))),
        "c": Realism(Estimate(3.0, np.array([5.0, 4.0]))),
    }
    np.testing.assert_allclose(median_realism(parts).estimate.replicates, [5.0, 2.0])


def test_a_median_without_a_part_is_none_and_names_every_part_it_lacks() -> None:
    parts = {
        "a": Realism(None, "gone"),
        "b": Realism(Estimate(0.5)),
        "c": Realism(None, "late"),
    }
    assert median_realism(parts).reason == "a: gone; c: late"
    assert median_realism({}).reason == "there is no part"
