from __future__ import annotations

import numpy as np
import pytest

from synact_bench.reproduction.verdict import Replication, of_claim, of_finding
from synact_bench.scoring import Estimate

HOLDS, FAILS, UNTOLD = Replication.REPLICATES, Replication.DOES_NOT, Replication.UNTOLD


def about(value: float) -> Estimate:
    """An interval of about 1 on either side."""
    return Estimate(value, value + np.linspace(-1, 1, 1001))


@pytest.mark.parametrize(
    ("difference", "side", "verdict"),
    [
        (-2.0, "below", HOLDS),
        (2.0, "below", FAILS),
        (2.0, "above", HOLDS),
        (-2.0, "above", FAILS),
        (0.5, "above", UNTOLD),
        (0.5, "below", UNTOLD),
        (-0.5, "below", UNTOLD),
    ],
)
def test_the_interval_decides_on_which_side_a_difference_lies(difference, side, verdict) -> None:
    assert of_claim(about(difference), side) is verdict


def test_without_an_interval_nothing_can_be_told() -> None:
    assert of_claim(Estimate(-100.0), "below") is UNTOLD
    assert of_claim(None, "below") is UNTOLD


def test_an_interval_that_ends_at_zero_tells_nothing() -> None:
    assert of_claim(Estimate(0.0, np.zeros(100)), "below") is UNTOLD
    assert of_claim(Estimate(0.0, np.zeros(100)), "above") is UNTOLD


@pytest.mark.parametrize(
    ("claims", "verdict"),
    [
        ([HOLDS, HOLDS], HOLDS),
        ([HOLDS, UNTOLD], UNTOLD),
        ([HOLDS, FAILS, UNTOLD], FAILS),
        ([UNTOLD], UNTOLD),
        ([], Replication.NOT_MEASURED),
    ],
)
def test_a_finding_needs_all_of_its_claims(claims, verdict) -> None:
    assert of_finding(claims) is verdict
