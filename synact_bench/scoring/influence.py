"""Influence: does the first place hang on a few documents?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.scoring.cell_name import CellName
from synact_bench.scoring.departure import departure, overall_departure
from synact_bench.scoring.energy import DocumentSums
from synact_bench.scoring.estimate import Estimate

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


Sums = Mapping[CellName, Mapping[str, DocumentSums]]
"""By cell, by name of the row."""
Between = Callable[[CellName, str, Sequence[str]], float]
"""Sum of the excess of a row in a cell over the ordered pairs of bases of two of some documents."""


def first_place(
    sums: Sums, between: Between, ranked: Sequence[str], *, gammas: Mapping[CellName, float]
) -> Influence | None:
    """Leave out, for each rival of the first row, the documents that keep it ahead most.

    A document's influence is the change of the difference between the two rows' departures when it
    alone is left out; those of the largest are then left out together and the difference computed
    again (after the maximum influence of Broderick, Giordano and Meager, arXiv 2011.14999). The
    scale is held fixed.

    Args:
        sums: of the ranked rows at least, in every cell of the overall realism.
        between: what is needed beside them to leave out several documents.
        ranked: rows from first to last.
        gammas: of each cell that makes up the overall realism.

    Returns:
        None with fewer than two rows or documents.
    """
    found = {each for cell in gammas for row in ranked for each in sums[cell][row].documents}
    documents = sorted(found)
    if len(ranked) < 2 or len(documents) < 2:
        return None
    first, *rivals = ranked
    count = math.ceil(SHARE * len(documents))
    without = {row: _without_each(row, sums, gammas, documents) for row in ranked}
    overtaken = []
    for rival in rivals:
        order = np.argsort(without[rival] - without[first], kind="stable")
        left_out = [documents[place] for place in order[:count]]
        after = [_without(row, sums, between, gammas, left_out) for row in (rival, first)]
        if after[0] < after[1]:
            overtaken.append(rival)
    return Influence(first, count, len(documents), tuple(overtaken))


def _without_each(
    row: str, sums: Sums, gammas: Mapping[CellName, float], documents: Sequence[str]
) -> Floats:
    """Departure of a row without each of the documents, ``[documents]``."""
    parts = {}
    for cell, gamma in gammas.items():
        own = sums[cell][row]
        energies = np.full(len(documents), own.value)  # a document that it lacks changes nothing
        energies[np.searchsorted(documents, own.documents)] = own.without_each()
        parts[cell] = departure(Estimate(own.value, energies), gamma)
    return overall_departure(parts).replicates


def _without(
    row: str,
    sums: Sums,
    between: Between,
    gammas: Mapping[CellName, float],
    left_out: Sequence[str],
) -> float:
    """Departure of a row without all of some documents; NaN where no pair is left of a cell."""
    parts = {}
    for cell, gamma in gammas.items():
        own = sums[cell][row]
        gone = {*left_out}
        places = np.flatnonzero([each in gone for each in own.documents])
        there = between(cell, row, [own.documents[place] for place in places])
        energy = own.without(places, there)
        parts[cell] = departure(Estimate(own.value, np.array([energy])), gamma)
    return float(overall_departure(parts).replicates[0])
