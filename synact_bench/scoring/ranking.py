"""Ranks: who is significantly better than whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from scipy.special import ndtr, ndtri  # scipy.stats takes a second to load

from synact_bench.metrics.base import Floats
from synact_bench.scoring.estimate import Estimate

ALPHA = 0.05
"""Chance, over all pairs of a ranking, of calling any two equal rows different."""
POWER = 0.8
"""Chance of finding a difference as large as the minimum detectable one."""


@dataclass(frozen=True)
class Ranking:
    """Rows in their order.

    Attributes:
        ranks: by row, 1 + the number of rows significantly better; rows that cannot be told apart
            from the same rivals share one.
        detectable: difference between two rows that a comparison of two alone would find with
            probability 0.8 at the 5 % level, for the median pair; None with fewer than two rows.
    """

    ranks: Mapping[str, int]
    detectable: float | None


@dataclass(frozen=True)
class Pair:
    """Two rows, compared on the same documents.

    Attributes:
        first, second: names of the rows.
        difference: first minus second.
        pvalue: of no difference, two-sided, adjusted for all pairs compared with it.
    """

    first: str
    second: str
    difference: float
    pvalue: float

    @property
    def better(self) -> str | None:
        """The row that is significantly better, if one is."""
        if self.pvalue >= ALPHA or self.difference == 0:
            return None
        return self.first if self.difference > 0 else self.second


def holm(pvalues: Sequence[float]) -> Floats:
    """Holm's step-down adjustment: the family-wise error stays below the level; ``[pairs]``."""
    order = np.argsort(pvalues, kind="stable")
    left = len(order) - np.arange(len(order))
    adjusted = np.empty(len(order))
    adjusted[order] = np.maximum.accumulate(np.asarray(pvalues)[order] * left)
    return np.minimum(adjusted, 1)


def comparisons(values: Mapping[str, Estimate]) -> list[Pair]:
    """Every pair of rows, with Holm-adjusted p-values.

    The p-value is a normal's, for the paired difference over its bootstrap standard error: counting
    replicates beyond zero could not reach the small values that many pairs ask for. Rows without
    replicates cannot be told apart: their p-value is 1.
    """
    pairs = list(combinations(values, 2))
    differences = [values[first] - values[second] for first, second in pairs]
    adjusted = holm([_pvalue(each) for each in differences])
    return [
        Pair(first, second, difference.value, float(pvalue))
        for (first, second), difference, pvalue in zip(pairs, differences, adjusted, strict=True)
    ]


def rank(values: Mapping[str, Estimate]) -> Ranking:
    """Rank rows by their values, higher is better."""
    ranks = dict.fromkeys(values, 1)
    for pair in comparisons(values):
        if pair.better is not None:
            ranks[pair.second if pair.better == pair.first else pair.first] += 1
    return Ranking(ranks, _detectable(combinations(values.values(), 2)))


def _pvalue(difference: Estimate) -> float:
    error = difference.standard_error
    if error is None:
        return 1.0
    if error == 0:
        return float(difference.value == 0)
    return float(2 * ndtr(-abs(difference.value) / error))


def adjacent_detectable(values: Mapping[str, Estimate]) -> float | None:
    """Minimum detectable difference of rows next to each other in the order of their values.

    As ``Ranking.detectable``, for the median pair of neighbours alone: which of two close rows is
    better is what a board is asked. None with fewer than two rows that have replicates.
    """
    return _detectable(pairwise(sorted(values.values(), key=lambda each: each.value)))


def median_width(values: Mapping[str, Estimate]) -> float | None:
    """Of the 95 % intervals of those that have one; None where none has."""
    widths = [ends[1] - ends[0] for each in values.values() if (ends := each.interval) is not None]
    return float(np.median(widths)) if widths else None


def _detectable(pairs: Iterable[tuple[Estimate, Estimate]]) -> float | None:
    errors = [
        error for first, second in pairs if (error := (first - second).standard_error) is not None
    ]
    if not errors:
        return None
    return float((-ndtri(ALPHA / 2) - ndtri(1 - POWER)) * np.median(errors))
