"""Reliability: whether two halves of the documents give the same board."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.ranking import comparisons

FEWEST = 3
"""Rows below which an order says nothing: two agree by chance half of the time."""


@dataclass(frozen=True)
class Reversal:
    """Two rows, each significantly better than the other in one half.

    Attributes:
        first: the row that is better in the first half.
        second: the row that is better in the second half.
    """

    first: str
    second: str


@dataclass(frozen=True)
class Agreement:
    """How far two boards of the same rows agree.

    Attributes:
        rho: Spearman's rank correlation of the rows' values, -1 to 1: 1 the same order, 0 no
            relation, -1 the opposite order; tied values share their mean place. None where there
            is no order to compare.
        rows: how many rows it was computed over.
        reversals: the pairs ordered one way in one half and the other way in the other,
            significantly in both; sorted.
        reason: why there is no ``rho``.
    """

    rho: float | None
    rows: int
    reversals: tuple[Reversal, ...]
    reason: str | None = None


def agreement(first: Mapping[str, Estimate], second: Mapping[str, Estimate]) -> Agreement:
    """Compare the boards of two disjoint halves of the documents.

    Significant is a Holm-adjusted normal test of the paired difference, over all pairs of one
    half: see :func:`synact_bench.scoring.ranking.comparisons`.

    Args:
        first: by row, its value and replicates from one half; higher is better.
        second: the same rows, from the other half. The halves share no document: their replicates
            are not paired and may differ in number.

    Raises:
        ValueError: a row is missing from one half.
    """
    if first.keys() != second.keys():
        lacking = ", ".join(sorted(first.keys() ^ second.keys()))
        raise ValueError(f"not in both halves: {lacking}")
    names = sorted(first)
    better, other = _better(first, names), _better(second, names)
    reversals = tuple(
        Reversal(better[pair], other[pair])
        for pair in sorted(better.keys() & other.keys())
        if better[pair] != other[pair]
    )
    rho, reason = _spearman([first[name].value for name in names], [second[n].value for n in names])
    return Agreement(rho, len(names), reversals, reason)


def _better(values: Mapping[str, Estimate], names: list[str]) -> dict[tuple[str, str], str]:
    """The better row of each pair of which one is significantly better."""
    compared = comparisons({name: values[name] for name in names})
    return {(each.first, each.second): each.better for each in compared if each.better is not None}


def _spearman(first: list[float], second: list[float]) -> tuple[float | None, str | None]:
    if len(first) < FEWEST:
        return None, f"{len(first)} rows have no order to speak of, {FEWEST} are needed"
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return None, "all rows of a half have the same value"
    return float(spearmanr(first, second).statistic), None
