from __future__ import annotations

import numpy as np
import pytest

from benchmarks.seeds import agreement
from synact_bench.scoring import Estimate


def estimate(value: float, error: float) -> Estimate:
    """Replicates whose middle 95 % is that of a normal distribution."""
    ends = 1.959963984540054 * np.array([-1, 1])
    return Estimate(value, value + error * np.interp(np.linspace(0, 1, 41), [0.025, 0.975], ends))


def test_a_row_s_distance_is_told_in_errors_of_the_difference():
    one = {"a": estimate(0.9, 0.03), "b": estimate(0.5, 0.03), "c": estimate(0.1, 0.03)}
    other = {"a": estimate(0.9, 0.04), "b": estimate(0.6, 0.04), "c": estimate(0.3, 0.04)}
    found = agreement(one, other)
    assert found.z == pytest.approx({"a": 0.0, "b": -2.0, "c": -4.0}, abs=1e-6)
    assert found.far == 1
    assert found.spearman == 1.0


def test_an_order_turned_round_is_seen():
    values = {"a": 0.9, "b": 0.5, "c": 0.1}
    one = {name: estimate(value, 0.1) for name, value in values.items()}
    other = {name: estimate(1 - value, 0.1) for name, value in values.items()}
    assert agreement(one, other).spearman == -1.0


def test_rows_of_one_seed_alone_are_left_out():
    few = {name: estimate(0.5, 0.1) for name in "ab"}
    with pytest.raises(ValueError, match="2 rows are too few to rank"):
        agreement(few, few | {"c": estimate(0.1, 0.1)})


def test_independent_draws_of_one_truth_agree():
    rng = np.random.default_rng(0)
    truth = dict(zip("abcdefghijklmnopqrst", np.linspace(0, 1, 20), strict=True))
    one, other = (
        {name: estimate(value + 0.02 * rng.normal(), 0.02) for name, value in truth.items()}
        for _ in range(2)
    )
    found = agreement(one, other)
    assert found.far <= 3
    assert found.spearman > 0.97
