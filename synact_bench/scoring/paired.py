"""Paired test of two versions of one row: is the second farther from real than the first?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics import Metric
from synact_bench.metrics.base import Floats
from synact_bench.scoring.resampling import DocumentRows, Resampling, replicated
from synact_bench.scoring.sample import Sample

EXHAUSTIVE = 10
"""Up to so many documents every way to swap them is tried."""
SWAPS = 2000
"""Beyond it, ways drawn at random."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Trio:
    """One cell of both versions, and what both are compared with.

    Attributes:
        reference: real activations.
        first: the version that was there before.
        second: the new one.
    """

    reference: Sample
    first: Sample
    second: Sample


@dataclass(frozen=True)
class PairedTest:
    """Two versions compared on the same documents.

    Attributes:
        before: distance of the first from real, mean over cells, in the metric's unit.
        after: that of the second.
        pvalue: share of swaps with a difference at least as large, two-sided, above 0.
    """

    before: float
    after: float
    pvalue: float

    @property
    def difference(self) -> float:
        """How much farther from real the second is; below 0 it is nearer."""
        return self.after - self.before


def paired_test(
    metric: Metric, cells: Sequence[Trio], *, rng: np.random.Generator
) -> PairedTest | None:
    """Swap the versions document by document and see how often they come out as far apart.

    Were the versions alike, which of two measurements of a document belongs to which would not
    matter. A document's paths are swapped together, in all cells at once. With up to ten documents
    every swap is tried, so the level holds however few there are: eight give no p-value below
    2 / 256. Bases that only one version has are left out.

    Returns:
        None where a cell has no base in both, or no defined number.
    """
    shared = [_shared(each) for each in cells]
    documents = sorted({name for each in shared for name in each.first.documents})
    if not all(len(each.first) and len(each.reference) for each in shared) or not documents:
        return None
    swapped = _swaps(len(documents), rng=rng)
    both = [_distances(metric, each, documents, swapped) for each in shared]
    first, second = np.mean(both, axis=0)
    if not np.isfinite(first[0] + second[0]):
        return None
    differences = np.abs(second - first)
    # A swap that leaves a version without a number speaks against calling them different.
    extreme = ~(differences < differences[0] * (1 - 1e-9))
    return PairedTest(float(first[0]), float(second[0]), float(extreme.mean()))


def _shared(cell: Trio) -> Trio:
    bases = np.intersect1d(cell.first.bases, cell.second.bases)
    return Trio(cell.reference.on(bases), cell.first.on(bases), cell.second.on(bases))


def _swaps(documents: int, *, rng: np.random.Generator) -> Bools:
    """Which documents are swapped, ``[swaps, documents]``; none in the first."""
    if documents <= EXHAUSTIVE:
        every = np.arange(2**documents)[:, None] >> np.arange(documents)
        return (every & 1).astype(bool)
    drawn = rng.random((SWAPS, documents)) < 0.5
    drawn[0] = False
    return drawn


def _distances(
    metric: Metric, cell: Trio, documents: Sequence[str], swapped: Bools
) -> tuple[Floats, Floats]:
    """Distance of what stands for each version from real, each ``[swaps]``."""
    column = {name: at for at, name in enumerate(documents)}
    many = len(documents)

    def columns(sample: Sample, start: int) -> NDArray[np.int64]:
        return np.array([start + column[name] for name in sample.documents], dtype=np.int64)

    pooled = DocumentRows(
        np.concatenate([cell.first.numbers(metric), cell.second.numbers(metric)]),
        np.concatenate([columns(cell.first, 0), columns(cell.second, many)]),
    )
    reference = DocumentRows(
        cell.reference.numbers(metric),
        np.full(len(cell.reference), 2 * many, dtype=np.int64),
    )

    def chosen(kept: Bools) -> Floats:
        always = np.ones((len(kept), 1), dtype=bool)
        counts = np.concatenate([kept, ~kept, always], axis=1).astype(np.float32)
        return replicated(reference, pooled, Resampling({}, counts, calibrated=False), 0.0)

    return chosen(~swapped), chosen(swapped)
