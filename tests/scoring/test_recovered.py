from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.scoring import Estimate
from synact_bench.scoring.recovered import recovered

WORST = Estimate(4.0, np.array([3.0, 5.0, 4.0]))


@given(share=st.floats(-1, 2))
def test_a_cost_is_a_share_of_the_worst(share: float) -> None:
    found = recovered(Estimate(share * 4.0, share * WORST.replicates), WORST)
    assert found is not None
    assert found.value == pytest.approx(1 - share, abs=1e-12)
    np.testing.assert_allclose(found.replicates, 1 - share, atol=1e-12)


def test_replicates_are_paired() -> None:
    found = recovered(Estimate(1.0, np.array([3.0, 0.0, 2.0])), WORST)
    assert found is not None
    np.testing.assert_allclose(found.replicates, [0, 1, 0.5])


def test_of_too_few_documents_there_is_a_number_alone() -> None:
    found = recovered(Estimate(1.0), WORST)
    assert found is not None
    assert (found.value, found.interval) == (0.75, None)


@pytest.mark.parametrize("worst", [0.0, -0.1])
def test_nothing_is_recovered_where_the_worst_costs_nothing(worst: float) -> None:
    assert recovered(Estimate(0.1), Estimate(worst)) is None


def test_a_replicate_without_a_cost_to_recover_is_left_out() -> None:
    worst = Estimate(1.0, np.array([2.0, 0.0, -1.0, 4.0]))
    found = recovered(Estimate(1.0, np.ones(4)), worst)
    assert found is not None
    np.testing.assert_array_equal(np.isnan(found.replicates), [False, True, True, False])
