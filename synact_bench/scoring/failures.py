"""Failures: what gives a row away in a cell, and on which bases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics.base import Floats
from synact_bench.scoring.cell_name import CellName
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.each_row import THREADS, each_row
from synact_bench.scoring.energy import energy
from synact_bench.scoring.features import BLOCKS
from synact_bench.scoring.judge import FOLDS, Judgement, judgement
from synact_bench.scoring.pair_sums import DocumentOrder, pair_sums

REGIONS = {"first third": 1 / 3, "middle third": 2 / 3, "last third": 1.0}
"""Of the path, by where each ends."""
ALIKE = 0.01
"""Difference of two shares that is not told."""
TELLING = 8
"""Bases to show."""
SLOTS = 2
"""Of the K comparisons, how many are looked at: a share needs no interval."""
SHARED = 400
"""Bases, the first of a row, that shares are made of: pairs grow with the square. From shares of
1400 bases they differ by .003 in the median and .025 at most, over the rows of one board."""


@dataclass(frozen=True, eq=False)
class WorstCell:
    """How a row differs from real in one cell.

    Attributes:
        blocks: by block of features alone, H = E2 over ``2 mean |x - y|``: 0 alike, at most 1,
            whatever the block's unit; slightly below 0 by chance. Of the first 400 bases.
        regions: by third of the path, all blocks of it, likewise.
        bases: those that tell most, most first.
        contributions: of each of ``bases`` to E2: what the mean over bases would be, were all as
            this one.
        judge: in how many pairs a classifier tells the row from real.
    """

    blocks: Mapping[str, float]
    regions: Mapping[str, float]
    bases: tuple[int, ...]
    contributions: tuple[float, ...]
    judge: Judgement
    derived: ClassVar[tuple[str, ...]] = ("telling_blocks", "telling_regions")

    @property
    def telling_blocks(self) -> tuple[str, ...]:
        """The block that tells most, and those that tell as much."""
        return _largest(self.blocks)

    @property
    def telling_regions(self) -> tuple[str, ...]:
        """The third of the path that tells most, and those that tell as much."""
        return _largest(self.regions)


@dataclass(frozen=True, eq=False)
class RealPairs:
    """Sums over the pairs of real paths, which all rows of the same bases are compared with.

    Attributes:
        reference: the real draws.
        shared: the documents of the bases that shares are made of.
        bases: of each pair of bases, ``[paths, paths]``.
        blocks: by block of features, of each pair of documents, ``[documents, documents]``.
        regions: by third of the path, likewise.
    """

    reference: CurveReference
    shared: DocumentOrder
    bases: Floats
    blocks: Mapping[str, Floats]
    regions: Mapping[str, Floats]

    @classmethod
    def of(cls, reference: CurveReference) -> RealPairs:
        """The sums of the comparisons that are looked at."""
        real, shared = reference.real[:SLOTS], _shared(reference.documents)
        few = real[:, shared.paths]

        def sums(columns: Mapping[str, NDArray[np.int64]]) -> dict[str, Floats]:
            return {
                name: pair_sums(few[..., own], None, shared.ends) for name, own in columns.items()
            }

        return cls(
            reference,
            shared,
            bases=pair_sums(real[:, reference.order.paths], None, _single(real)),
            blocks=sums(_blocks(reference.units.fractions)),
            regions=sums(_regions(reference.units.fractions)),
        )


def failures(
    reference: CurveReference,
    row: CurveSample,
    *,
    telling: int = TELLING,
    pairs: RealPairs | None = None,
) -> WorstCell:
    """Look for what gives a row away.

    ``pairs`` of the reference may be given where they are known already; they are of no use to a
    row that lacks bases.

    Raises:
        ValueError: the row has too few documents in common with real to part into folds.
    """
    own = reference.on(row.bases)
    x, y = own.residuals(row)
    if pairs is None or pairs.reference is not own:
        pairs = RealPairs.of(own)
    found = contributions(x[:SLOTS], y[:SLOTS], own.order, within_real=pairs.bases)
    worst = np.argsort(-found, kind="stable")[:telling]
    fractions, first = own.units.fractions, slice(len(pairs.shared.paths))
    few = x[:SLOTS, first], y[:SLOTS, first]
    return WorstCell(
        blocks=_shares(few, pairs.shared, _blocks(fractions), pairs.blocks),
        regions=_shares(few, pairs.shared, _regions(fractions), pairs.regions),
        bases=tuple(own.bases[worst].tolist()),
        contributions=tuple(found[worst].tolist()),
        judge=judgement(x, y, own.order),
    )


def failures_of(
    references: Mapping[CellName, CurveReference],
    samples: Mapping[CellName, Mapping[str, CurveSample]],
    cells: Mapping[str, CellName],
    *,
    threads: int = THREADS,
) -> dict[str, WorstCell]:
    """By row, what gives it away in its cell of ``cells``; numbers do not depend on ``threads``.

    A row with too few documents for a judge is left out.
    """
    rows: dict[CellName, dict[str, CurveSample]] = {}
    for name, cell in cells.items():
        row = samples[cell][name]
        if len({*references[cell].on(row.bases).documents}) >= FOLDS:
            rows.setdefault(cell, {})[name] = row
    pairs = {cell: RealPairs.of(references[cell]) for cell in rows}
    found = each_row(
        lambda cell, row: failures(references[cell], row, pairs=pairs[cell]), rows, threads
    )
    return {name: found[cell][name] for name, cell in cells.items() if name in found.get(cell, {})}


def contributions(
    x: Floats, y: Floats, order: DocumentOrder, *, within_real: Floats | None = None
) -> Floats:
    """What each base adds to E2, ``[paths]``.

    The mean over bases b' of other documents of
    ``|x_b - y_b'| + |y_b - x_b'| - |x_b - x_b'| - |y_b - y_b'|``, mean over k. Where all documents
    have as many bases, E2 is the mean.

    Args:
        x: residuals of the row, ``[K, paths, features]``.
        y: of real.
        order: the paths by document.
        within_real: sums over the pairs of bases of y in that order, where they are known already.
    """
    own, real = x[:, order.paths], y[:, order.paths]
    single = _single(own)
    across = pair_sums(own, real, single)
    within = pair_sums(real, None, single) if within_real is None else within_real
    excess = across + across.T - pair_sums(own, None, single) - within
    sizes = np.diff(order.ends, prepend=0)
    document = np.repeat(np.arange(len(sizes)), sizes)
    apart = document[:, None] != document[None, :]
    found = np.empty(len(single))
    found[order.paths] = (excess * apart).sum(axis=1) / apart.sum(axis=1)
    return found


def _largest(shares: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(name for name, share in shares.items() if share > max(shares.values()) - ALIKE)


def _shared(documents: Sequence[str]) -> DocumentOrder:
    """Documents of the first bases; of all, where the first are of hardly any."""
    first = documents[:SHARED]
    return DocumentOrder.of(first if len({*first}) >= FOLDS else documents)


def _single(residuals: Floats) -> NDArray[np.int64]:
    """Ends of paths taken one by one, as if each were a document, ``[paths]``."""
    return np.arange(1, residuals.shape[1] + 1)


def _shares(
    residuals: tuple[Floats, Floats],
    order: DocumentOrder,
    columns: Mapping[str, NDArray[np.int64]],
    within_real: Mapping[str, Floats],
) -> dict[str, float]:
    x, y = residuals
    return {
        name: energy(x[..., own], y[..., own], order, within_real=within_real[name]).share
        for name, own in columns.items()
    }


def _blocks(fractions: tuple[float, ...]) -> dict[str, NDArray[np.int64]]:
    """Columns of each block of features."""
    each = len(fractions)
    return {name: np.arange(each) + place * each for place, name in enumerate(BLOCKS)}


def _regions(fractions: tuple[float, ...]) -> dict[str, NDArray[np.int64]]:
    """Columns of each third of the path that has any."""
    region = np.searchsorted(list(REGIONS.values()), fractions)
    every = np.tile(region, len(BLOCKS))
    found = {name: np.flatnonzero(every == place) for place, name in enumerate(REGIONS)}
    return {name: columns for name, columns in found.items() if len(columns)}
