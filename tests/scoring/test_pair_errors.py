from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.pair_errors import CHUNK, FEW, interval_ends, paired_errors


def estimates(rows: int, *, replicates: int = 100) -> list[Estimate]:
    rng = np.random.default_rng(0)
    return [Estimate(float(row), rng.normal(row, 1 + row, replicates)) for row in range(rows)]


def one_by_one(given: list[Estimate], pairs: list[tuple[int, int]]) -> list[float | None]:
    return [(given[first] - given[second]).standard_error for first, second in pairs]


@pytest.mark.parametrize("rows", [2, 5, 20])
@pytest.mark.parametrize("threads", [1, 3])
def test_errors_are_to_the_bit_those_of_each_difference(rows: int, threads: int) -> None:
    given = estimates(rows)
    pairs = list(combinations(range(rows), 2))
    assert (len(pairs) > max(FEW, CHUNK)) == (rows == 20)
    assert paired_errors(given, pairs, threads=threads) == one_by_one(given, pairs)


def test_rows_unlike_the_others_are_compared_one_by_one() -> None:
    given = estimates(4)
    holes = given[1].replicates.copy()
    holes[:7] = np.nan
    given += [
        Estimate(9.0),
        Estimate(8.0, given[0].replicates[:50]),
        Estimate(7.0, holes),
        Estimate(6.0, np.full(100, np.nan)),
    ]
    pairs = list(combinations(range(len(given)), 2))
    found = paired_errors(given, pairs)
    assert found == one_by_one(given, pairs)
    assert found.count(None) == 18  # of the one without, the one of 50, and the one of nothing


def test_the_order_of_a_pair_is_that_of_its_places() -> None:
    given = estimates(3)
    assert paired_errors(given, [(2, 0), (0, 2)]) == one_by_one(given, [(2, 0), (0, 2)])
    assert paired_errors([], []) == []


@pytest.mark.parametrize("replicates", [1, 2, 3, 4, 5, 40, 41, 1999, 2000])
def test_ends_are_those_of_an_interval(replicates: int) -> None:
    rows = np.random.default_rng(1).normal(size=(6, replicates))
    rows[0] = 3.0
    expected = [Estimate(0.0, row.copy()).interval for row in rows]
    low, high = interval_ends(rows.copy())
    assert [*zip(low.tolist(), high.tolist(), strict=True)] == expected
