"""Reliability: whether two boards put their rows in the same order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.ranking import comparisons

FEWEST = 3
"""Rows below which an order says nothing: two agree by chance half of the time."""


@dataclass(frozen=True)
class Reversal:
    """Two rows, each significantly better than the other on one board.

    Attributes:
        first: the row that is better on the first board.
        second: the row that is better on the second board.
    """

    first: str
    second: str


@dataclass(frozen=True)
class Agreement:
    """How far two boards agree on the rows that both have.

    Attributes:
        rho: Spearman's rank correlation of the rows' values, -1 to 1: 1 the same order, 0 no
            relation, -1 the opposite order; tied values share their mean place. None where there
            is no order to compare.
        rows: how many rows it was computed over.
        decided: pairs of these rows of which one is significantly better, on the first board and
            on the second.
        both: pairs of which one is significantly better on both, whichever it is.
        reversals: the pairs ordered one way on the first and the other way on the second,
            significantly on both; sorted.
        reason: why there is no ``rho``.
    """

    rho: float | None
    rows: int
    decided: tuple[int, int]
    both: int
    reversals: tuple[Reversal, ...]
    reason: str | None = None
    derived: ClassVar[tuple[str, ...]] = ("pairs",)

    @property
    def pairs(self) -> int:
        """Pairs of rows."""
        return self.rows * (self.rows - 1) // 2


Decided = Mapping[frozenset[str], str]
"""The better row of each pair of which one is significantly better."""


def agreement(
    first: Mapping[str, Estimate],
    second: Mapping[str, Estimate],
    *,
    known: tuple[Decided, Decided] | None = None,
) -> Agreement:
    """Compare two boards.

    Args:
        first: by row, its value and replicates; higher is better.
        second: likewise, of the other board. Its replicates are not paired with those of the first
            and may differ in number; rows that only one board has are left out.
        known: what ``decided`` says of each, where that is known already: a board is compared with
            many others.
    """
    names = sorted(first.keys() & second.keys())
    common = set(names)
    better, other = (
        {pair: row for pair, row in board.items() if pair <= common}
        for board in known or (decided(first), decided(second))
    )
    both = better.keys() & other.keys()
    reversals = {
        Reversal(better[pair], other[pair]) for pair in both if better[pair] != other[pair]
    }
    rho, reason = _spearman([first[name].value for name in names], [second[n].value for n in names])
    return Agreement(
        rho,
        len(names),
        (len(better), len(other)),
        len(both),
        tuple(sorted(reversals, key=lambda each: sorted((each.first, each.second)))),
        reason,
    )


def decided(values: Mapping[str, Estimate]) -> dict[frozenset[str], str]:
    """The better row of each pair of which one is significantly better.

    Significant is a Holm-adjusted normal test of the paired difference, over all pairs of the
    board: see :func:`synact_bench.scoring.ranking.comparisons`.
    """
    return {
        frozenset((each.first, each.second)): each.better
        for each in comparisons(values)
        if each.better is not None
    }


def _spearman(first: list[float], second: list[float]) -> tuple[float | None, str | None]:
    if len(first) < FEWEST:
        return None, f"{len(first)} rows have no order to speak of, {FEWEST} are needed"
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return None, "all rows of a board have the same value"
    from scipy.stats import spearmanr  # noqa: PLC0415  (takes a second to load)

    return float(spearmanr(first, second).statistic), None
