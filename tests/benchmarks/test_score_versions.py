from __future__ import annotations

import numpy as np
import pytest

from benchmarks.score_versions import CELLS, POINTS, halved, noise, order
from benchmarks.version_records import bias
from synact_bench.experiments import HOLDOUT, LADDER
from synact_bench.leaderboard.first_version import FIRST_WANTED as WANTED
from synact_bench.scoring import Estimate

NOISE = np.random.default_rng(0).normal(size=(9, 400))


def rows(**values: float) -> dict[str, Estimate]:
    return {
        name: Estimate(value, value + 0.1 * noise)
        for (name, value), noise in zip(values.items(), NOISE, strict=False)
    }


def test_halves_part_the_documents() -> None:
    found = halved([f"d{place}" for place in (0, 1, 1, 2, 3)], 5)
    assert found.counts.shape == (10, 4)
    np.testing.assert_array_equal(found.counts[::2] + found.counts[1::2], 1)
    assert not found.calibrated


def test_noise_is_summed_up_by_track() -> None:
    found = noise(rows(a=0.0, b=5.0, c=5.01), {"unconditional": ["a", "b", "c"]})
    assert found["decided unconditional"] == "2/3"
    assert found["median interval"] == pytest.approx(0.39, abs=0.05)


def test_order_tells_how_halves_agree_and_how_the_ladder_falls() -> None:
    whole = rows(**dict(zip(LADDER, (5, 4, 3, 2, 1), strict=True)), **{HOLDOUT: 1.0})
    whole["wrong-prompt"] = Estimate(0.4)
    halves = {
        name: Estimate(0.0, np.array([place, place, place, -place], dtype=float))
        for place, name in enumerate("abc")
    }
    found = order(whole, halves, "abc")
    assert found["split-half Spearman"] == pytest.approx(0)  # once the same, once reversed
    assert len(str(found["ladder z"]).split(", ")) == 4
    assert found["wrong prompt"] == 0.4


def test_bias_is_in_standard_errors() -> None:
    assert bias(Estimate(1.0, np.array([1.0, 3.0]))) == 1


def test_what_is_compared_is_on_the_grid_and_on_the_board() -> None:
    for many, fractions in POINTS.items():
        assert len(fractions) == int(many)
        np.testing.assert_allclose(np.array(fractions), np.round(np.array(fractions) * 50) / 50)
        assert fractions[-1] == 1
    assert all(set(each) <= set(WANTED) for each in CELLS.values())
