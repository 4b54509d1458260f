from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.scoring.realism import Realism, mean_realism, realism

distances = st.floats(0, 1e3)


@pytest.mark.parametrize(
    ("distance", "expected"), [(0.2, 1.0), (1.0, 0.0), (0.6, 0.5), (1.8, -1.0), (0.0, 1.25)]
)
def test_the_scale_runs_from_the_gaussian_to_the_floor(distance: float, expected: float) -> None:
    result = realism(distance, d_gaussian=1.0, d_floor=0.2)
    assert result.value == pytest.approx(expected)
    assert result.reason is None


@given(distances, distances, st.floats(0.01, 1e3), distances, st.floats(0.01, 100))
def test_closer_is_never_worse_and_units_do_not_matter(
    near: float, further: float, scale: float, d_floor: float, unit: float
) -> None:
    d_gaussian = d_floor + scale
    closer = realism(near, d_gaussian=d_gaussian, d_floor=d_floor).value
    farther = realism(near + further, d_gaussian=d_gaussian, d_floor=d_floor).value
    assert closer is not None
    assert farther is not None
    assert closer >= farther
    converted = realism(near * unit, d_gaussian=d_gaussian * unit, d_floor=d_floor * unit)
    assert converted.value == pytest.approx(closer, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("d_floor", [1.0, 1.5])
def test_a_gaussian_within_the_floor_gives_no_scale(d_floor: float) -> None:
    result = realism(0.5, d_gaussian=1.0, d_floor=d_floor)
    assert result.value is None
    assert result.reason is not None
    assert "no farther from real than the noise floor" in result.reason


@pytest.mark.parametrize(
    ("distance", "d_gaussian", "d_floor", "named"),
    [
        (None, 1.0, 0.1, "row"),
        (0.5, None, 0.1, "Gaussian control"),
        (0.5, 1.0, None, "noise floor"),
        (None, None, None, "row, Gaussian control, noise floor"),
    ],
)
def test_a_missing_distance_is_named(distance, d_gaussian, d_floor, named: str) -> None:
    result = realism(distance, d_gaussian=d_gaussian, d_floor=d_floor)
    assert result == Realism(None, f"no distance from real for: {named}")


@pytest.mark.parametrize("bad", [-0.1, float("nan"), float("inf")])
def test_what_is_no_distance_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="distance of the noise floor"):
        realism(0.5, d_gaussian=1.0, d_floor=bad)


@pytest.mark.parametrize(
    ("value", "reason"), [(None, None), (0.5, "why"), (float("nan"), None), (float("inf"), None)]
)
def test_a_realism_is_a_finite_number_or_a_reason(value, reason) -> None:
    with pytest.raises(ValueError, match="realism"):
        Realism(value, reason)


@given(st.lists(st.floats(-10, 10), min_size=1))
def test_a_mean_is_the_plain_mean(values: list[float]) -> None:
    parts = {str(place): Realism(value) for place, value in enumerate(values)}
    assert mean_realism(parts).value == pytest.approx(sum(values) / len(values), abs=1e-9)


def test_a_mean_without_a_part_is_none_and_names_every_part_it_lacks() -> None:
    parts = {"a": Realism(None, "gone"), "b": Realism(0.5), "c": Realism(None, "late")}
    assert mean_realism(parts) == Realism(None, "a: gone; c: late")
    assert mean_realism({}) == Realism(None, "nothing to average")
