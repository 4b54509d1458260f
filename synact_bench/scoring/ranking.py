"""Ranks: who is significantly better than whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from scipy.special import ndtr, ndtri  # scipy.stats takes a second to load

from synact_bench.metrics.base import Floats
from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.pair_errors import paired_errors

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
    return _compared(values)[0]


def rank(values: Mapping[str, Estimate]) -> Ranking:
    """Rank rows by their values, higher is better."""
    pairs, errors = _compared(values)
    return Ranking(ranks_of(values, pairs), _detectable(errors))


def ranks_of(names: Iterable[str], pairs: Iterable[Pair]) -> dict[str, int]:
    """By row, 1 + the number of rows that are significantly better in some of the pairs."""
    ranks = dict.fromkeys(names, 1)
    for pair in pairs:
        if pair.better is not None:
            ranks[pair.second if pair.better == pair.first else pair.first] += 1
    return ranks


def _compared(values: Mapping[str, Estimate]) -> tuple[list[Pair], list[float | None]]:
    """Every pair of rows, and the standard error of each difference."""
    pairs = list(combinations(values, 2))
    errors = paired_errors([*values.values()], list(combinations(range(len(values)), 2)))
    differences = [values[first].value - values[second].value for first, second in pairs]
    adjusted = holm(list(map(_pvalue, differences, errors)))
    found = [
        Pair(*names, difference, float(pvalue))
        for names, difference, pvalue in zip(pairs, differences, adjusted, strict=True)
    ]
    return found, errors


def _pvalue(difference: float, error: float | None) -> float:
    if error is None:
        return 1.0
    if error == 0:
        return float(difference == 0)
    return float(2 * ndtr(-abs(difference) / error))


def adjacent_detectable(values: Mapping[str, Estimate]) -> float | None:
    """Minimum detectable difference of rows next to each other in the order of their values.

    As ``Ranking.detectable``, for the median pair of neighbours alone: which of two close rows is
    better is what a board is asked. None with fewer than two rows that have replicates.
    """
    order = sorted(values.values(), key=lambda each: each.value)
    return _detectable(paired_errors(order, list(pairwise(range(len(order))))))


def median_width(values: Mapping[str, Estimate]) -> float | None:
    """Of the 95 % intervals of those that have one; None where none has."""
    widths = [ends[1] - ends[0] for each in values.values() if (ends := each.interval) is not None]
    return float(np.median(widths)) if widths else None


def _detectable(errors: Iterable[float | None]) -> float | None:
    known = [error for error in errors if error is not None]
    if not known:
        return None
    return float((-ndtri(ALPHA / 2) - ndtri(1 - POWER)) * np.median(known))
