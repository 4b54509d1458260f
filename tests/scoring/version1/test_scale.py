from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.floor import NoiseFloor
from synact_bench.scoring.version1.scale import realism, scale
from tests.helpers.samples import sample

REAL = sample([1.0, 2.0])
FLOOR = NoiseFloor(np.arange(101.0))  # its 95th percentile is 95
FAR = Estimate(96.0)
distances = st.floats(0, 1e3)


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


@pytest.mark.parametrize(
    ("distance", "expected"), [(0.2, 1.0), (1.0, 0.0), (0.6, 0.5), (1.8, -1.0), (0.0, 1.25)]
)
def test_the_scale_runs_from_the_gaussian_to_the_floor(distance: float, expected: float) -> None:
    result = realism(Estimate(distance), gaussian=Estimate(1.0), floor=0.2)
    assert result.value == pytest.approx(expected)
    assert result.reason is None


@given(distances, distances, st.floats(0.01, 1e3), distances, st.floats(0.01, 100))
def test_closer_is_never_worse_and_units_do_not_matter(
    near: float, further: float, length: float, floor: float, unit: float
) -> None:
    def placed(distance: float, unit: float) -> float:
        gaussian = Estimate((floor + length) * unit)
        value = realism(Estimate(distance * unit), gaussian=gaussian, floor=floor * unit).value
        assert value is not None
        return value

    assert placed(near, 1) >= placed(near + further, 1)
    assert placed(near, unit) == pytest.approx(placed(near, 1), rel=1e-6, abs=1e-6)


def test_replicates_share_the_documents_of_row_and_gaussian() -> None:
    rng = np.random.default_rng(0)
    row, gaussian = rng.uniform(0, 3, 50), rng.uniform(2, 4, 50)
    result = realism(Estimate(1.0, row), gaussian=Estimate(3.0, gaussian), floor=0.5)
    assert result.value == pytest.approx(2 / 2.5)
    expected = [(g - d) / (g - 0.5) for d, g in zip(row, gaussian, strict=True)]
    np.testing.assert_allclose(result.estimate.replicates, expected)


def test_without_replicates_of_both_there_is_the_number_alone() -> None:
    some = np.ones(3)
    for row, gaussian in ((some, np.empty(0)), (np.empty(0), some), (np.empty(0), np.empty(0))):
        result = realism(Estimate(1.0, row), gaussian=Estimate(3.0, gaussian), floor=0.5)
        assert result.value == pytest.approx(0.8)
        assert len(result.estimate.replicates) == 0


@pytest.mark.parametrize("floor", [1.0, 1.5, float("nan")])
def test_a_scale_without_length_is_refused(floor: float) -> None:
    with pytest.raises(ValueError, match="lies within the floor"):
        realism(Estimate(0.5), gaussian=Estimate(1.0), floor=floor)
