"""Influence: does the first place hang on a few documents?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.scoring.cell_name import CellName
from synact_bench.scoring.curve_scores import Energies
from synact_bench.scoring.departure import departure, overall_departure
from synact_bench.scoring.resampling import Resampling

SHARE = 0.01
"""Share of documents left out."""


@dataclass(frozen=True)
class Influence:
    """What leaving out the documents that favour the first row most does to its place.

    Attributes:
        first: the row with the highest overall realism.
        documents: how many are left out, 1 % rounded up; for each rival its own.
        of: how many there are.
        overtaken_by: rows that then have the higher overall realism; empty if the place holds.
    """

    first: str
    documents: int
    of: int
    overtaken_by: tuple[str, ...]


def first_place(
    energies: Energies, ranked: Sequence[str], *, gammas: Mapping[CellName, float]
) -> Influence | None:
    """Leave out, for each rival of the first row, the documents that keep it ahead most.

    A document's influence is the change of the difference between the two rows' departures when it
    alone is left out; those of the largest are then left out together and the difference computed
    again (after the maximum influence of Broderick, Giordano and Meager, arXiv 2011.14999). The
    scale is held fixed.

    Args:
        energies: of the ranked rows at least, in every cell of the overall realism.
        ranked: rows from first to last.
        gammas: of each cell that makes up the overall realism.

    Returns:
        None with fewer than two rows or documents.
    """
    found = {each for cell in gammas for row in ranked for each in energies[cell][row].documents}
    documents = sorted(found)
    if len(ranked) < 2 or len(documents) < 2:
        return None
    first, *rivals = ranked
    count = math.ceil(SHARE * len(documents))

    def departures(resampling: Resampling) -> Mapping[str, Floats]:
        return {
            row: overall_departure(
                {
                    cell: departure(energies[cell][row].estimate(resampling), gamma)
                    for cell, gamma in gammas.items()
                }
            ).replicates
            for row in ranked
        }

    without = departures(Resampling.without_each(documents))
    sets = []
    for rival in rivals:
        lead = without[rival] - without[first]
        sets.append([documents[place] for place in np.argsort(lead, kind="stable")[:count]])
    after = departures(Resampling.without(documents, sets))
    overtaken = [
        rival for place, rival in enumerate(rivals) if after[rival][place] < after[first][place]
    ]
    return Influence(first, count, len(documents), tuple(overtaken))
