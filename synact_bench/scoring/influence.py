"""Influence: does the first place hang on a few documents?"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.scoring.comparison import Comparison, overalls
from synact_bench.scoring.overall import CellName
from synact_bench.scoring.resampling import Resampling

SHARE = 0.01
"""Share of documents left out."""


@dataclass(frozen=True)
class Influence:
    """What leaving out the documents that favour the first row most does to its place.

    Attributes:
        first: the row with the highest overall realism.
        documents: how many are left out, 1 % rounded up; for each rival its own.
        overtaken_by: rows that then have the higher overall realism; empty if the place holds.
    """

    first: str
    documents: int
    overtaken_by: tuple[str, ...]


def first_place(
    comparison: Comparison, ranked: Sequence[str], *, cells: Collection[CellName]
) -> Influence | None:
    """Leave out, for each rival of the first row, the documents that keep it ahead most.

    A document's influence is the change of the difference between the two rows when it alone is
    left out; those of the largest are then left out together and the difference computed anew
    (after the maximum influence of Broderick, Giordano and Meager, arXiv 2011.14999).

    Args:
        comparison: the samples.
        ranked: rows from first to last, each with an overall realism.
        cells: those that make up the overall realism.

    Returns:
        None with fewer than two rows or documents.
    """
    documents = sorted(set(comparison.documents))
    if len(ranked) < 2 or len(documents) < 2:
        return None
    first, *rivals = ranked
    count = math.ceil(SHARE * len(documents))

    def overall(resampling: Resampling) -> Mapping[str, Floats]:
        scores = comparison.scores(resampling, rows=ranked, headline_only=True)
        found = overalls(scores, cells=cells)
        return {
            name: each.overall.estimate.replicates
            for name, each in found.items()
            if each.overall.estimate is not None
        }

    without = overall(Resampling.without_each(documents))
    sets = []
    for rival in rivals:
        lead = without[first] - without[rival]
        sets.append([documents[place] for place in np.argsort(lead, kind="stable")[:count]])
    after = overall(Resampling.without(documents, sets))
    overtaken = [
        rival for place, rival in enumerate(rivals) if after[rival][place] > after[first][place]
    ]
    return Influence(first, count, tuple(overtaken))
