from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.realism import Realism, mean_realism, realism

distances = st.floats(0, 1e3)
NOT_HERE = Realism(None, "too close", applicable=False)


def valued(value: float) -> Realism:
    return Realism(Estimate(value))


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
