from __future__ import annotations

import numpy as np
import pytest
from synact_bench.scoring.scale import scale

from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.floor import NoiseFloor
from tests.helpers.samples import sample

REAL = sample([1.0, 2.0])
FLOOR = NoiseFloor(np.arange(101.0))  # its 95th percentile is 95
FAR = Estimate(96.0)


def test_a_gaussian_beyond_the_floor_makes_a_scale() -> None:
    result = scale(REAL, FLOOR, FAR)
    assert result.reason is None
    assert result.applicable
    assert (result.reference, result.floor, result.gaussian) == (REAL, FLOOR, FAR)


@pytest.mark.parametrize("distance", [95.0, 60.0, 0.0])
def test_a_gaussian_within_the_floor_is_not_applicable(distance: float) -> None:
    result = scale(REAL, FLOOR, Estimate(distance))
    assert not result.applicable
    assert result.reason == (
        f"not applicable: the Gaussian control ({distance:.4g}) is not farther from real than the "
        "noise floor's 95th percentile (95)"
    )
    assert result.floor is FLOOR


@pytest.mark.parametrize(
    ("floor", "gaussian", "named"),
    [
        (None, FAR, "the noise floor"),
        (FLOOR, None, "the Gaussian control"),
        (None, None, "the noise floor and the Gaussian control"),
    ],
)
def test_a_missing_distance_is_named_and_is_no_fact_of_the_testbed(floor, gaussian, named) -> None:
    result = scale(REAL, floor, gaussian)
    assert result.reason == f"no distance from real for {named}"
    assert result.applicable


def test_without_an_event_nothing_is_applicable() -> None:
    result = scale(REAL, FLOOR, FAR, no_event="there is no step")
    assert result.reason == "not applicable: there is no step"
    assert not result.applicable
