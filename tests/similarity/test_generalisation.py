from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.similarity.generalisation import (
    FEWEST,
    Generalisation,
    HeldOut,
    expected,
    generalisation,
)
from synact_bench.similarity.pool import Pool
from tests.helpers.clusters import Clusters

RNG = np.random.default_rng(0)
CLUSTERS = Clusters.draw(rng=RNG, d=8)
TRAIN, REST = CLUSTERS.rows(2000, rng=RNG), CLUSTERS.rows(400, rng=RNG)


def heldout(rows: np.ndarray = REST, train: np.ndarray = TRAIN) -> HeldOut:
    made = HeldOut.of(rows, Pool(train).nearest(rows)[0], stored=len(train))
    assert made is not None
    return made


def test_a_copy_of_held_out_covers_all_of_it_and_is_nearer_than_anything_stored() -> None:
    seen = generalisation(REST, heldout())
    assert (seen.coverage_new, seen.coverage_all) == (1, 1)
    assert seen.nearer == pytest.approx((2000 + 400) / 400)
    assert seen.new == 100


def test_a_point_far_away_covers_nothing() -> None:
    seen = generalisation(np.full((50, 8), 1e3), heldout())
    assert (seen.coverage_new, seen.coverage_all, seen.nearer) == (0, 0, 0)


@pytest.mark.parametrize("shift", [0.0, 1e3])
def test_a_copy_of_the_train_pool_is_never_nearer_than_it_is(shift: float) -> None:
    seen = generalisation(TRAIN + shift, heldout(REST + shift, (TRAIN + shift).astype(np.float32)))
    assert seen.nearer == 0
    assert seen.coverage_all is not None
    assert seen.coverage_all > 0.9


def test_new_are_those_far_from_every_stored_one() -> None:
    """On a line: held-out rows at 0, 1, ... 39, a train pool up to 29; the last ten are new."""
    line = np.arange(40, dtype=np.float32)[:, None]
    held = heldout(line, line[:30].repeat(2, axis=0))
    assert held.new.nonzero()[0].tolist() == list(range(30, 40))
    # A ball of a row within reaches 3 to either side; that of the last one, 5 to the left.
    seen = generalisation(np.array([[36.0]]), held)
    assert seen.coverage_new == pytest.approx(7 / 10)  # 33 to 39
    assert seen.coverage_all == pytest.approx(7 / 40)
    assert seen.nearer == pytest.approx(7 / 40 * 61)  # 33 to 39: 36 is nearer than 29


def test_real_has_the_expected_coverage_and_is_nearer_as_often_as_it_must() -> None:
    seen = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        rows = CLUSTERS.rows(1400, rng=rng)
        held = heldout(rows[1000:1200], rows[:1000])
        seen.append(generalisation(rows[1200:], held))
    for found, truth in (
        ([each.coverage_all for each in seen], seen[0].coverage_real),
        ([each.coverage_new for each in seen], seen[0].coverage_real),
        ([each.nearer for each in seen], 1),
    ):
        error = np.std(found) / len(found) ** 0.5
        assert abs(np.mean(found) - truth) < 3 * error
        assert error < 0.04


@given(st.integers(1, 500), st.integers(FEWEST, 500))
def test_expected_coverage_is_a_share_that_rises_with_the_sample(n: int, m: int) -> None:
    assert 0 < expected(n, m) < expected(n + 1, m) < 1


def test_expected_coverage_of_one_row_and_one_neighbour() -> None:
    assert expected(1, 41, k=1) == pytest.approx(1 / 41)


def test_order_and_place_do_not_matter() -> None:
    sample = CLUSTERS.rows(80, rng=np.random.default_rng(5))
    seen = generalisation(sample, heldout())
    assert generalisation(sample[::-1], heldout()) == seen
    moved = generalisation(sample + 3, heldout(REST + 3, TRAIN + 3))
    assert moved.coverage_new == pytest.approx(seen.coverage_new)
    assert moved.nearer == pytest.approx(seen.nearer)


def test_too_few_held_out_rows_say_nothing() -> None:
    few = REST[: FEWEST - 1]
    assert HeldOut.of(few, np.ones(len(few)), stored=10) is None
    assert generalisation(REST, None) == Generalisation(0)
