"""Decisions: which of two rows is better, or how many documents it would take to say so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from scipy.special import ndtri  # scipy.stats takes a second to load

from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.ranking import ALPHA, POWER, comparisons
from synact_bench.scoring.resampling import FEWEST_DOCUMENTS

REACH = float(-ndtri(ALPHA / 2) - ndtri(1 - POWER))
"""Standard errors that a difference must have to be found with probability 0.8 at the 5 % level."""


@dataclass(frozen=True, eq=False)
class Decision:
    """Two rows, compared on the same documents.

    Attributes:
        higher, lower: names of the rows, by their values.
        difference: of ``higher`` over ``lower``, at least 0, paired over documents.
        pvalue: of no difference, two-sided, Holm-adjusted for all pairs compared with it.
        documents: that the rows were measured on.
    """

    higher: str
    lower: str
    difference: Estimate
    pvalue: float
    documents: int
    derived: ClassVar[tuple[str, ...]] = ("decided", "needed")

    @property
    def decided(self) -> bool:
        """Whether ``higher`` is significantly better."""
        return self.pvalue < ALPHA and self.difference.value > 0

    @property
    def needed(self) -> int | None:
        """Documents on which these two alone are told apart with probability 0.8.

        ``n (2.80 s / d)^2`` for a difference d as large as the one measured and its standard error
        s on n documents, which falls with their square root; at least 20, below which nothing is
        resampled. It is as rough as the measured difference. None for rows of equal value, or
        without replicates.
        """
        error = self.difference.standard_error
        if error is None or self.difference.value == 0:
            return None
        wanted = self.documents * (REACH * error / self.difference.value) ** 2
        return max(math.ceil(wanted), FEWEST_DOCUMENTS)


def decisions(values: Mapping[str, Estimate], *, documents: int) -> tuple[Decision, ...]:
    """Every pair of rows, the largest difference first.

    Args:
        values: of the rows; higher is better.
        documents: that they were measured on.
    """
    found = []
    for pair in comparisons(values):
        order = (pair.first, pair.second) if pair.difference >= 0 else (pair.second, pair.first)
        difference = values[order[0]] - values[order[1]]
        found.append(Decision(*order, difference, pair.pvalue, documents))
    return tuple(sorted(found, key=lambda each: -each.difference.value))
