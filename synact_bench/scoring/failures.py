"""Failures: what gives a row away in a cell, and on which bases."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics.base import Floats
from synact_bench.scoring.cell_name import CellName
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.energy import energy
from synact_bench.scoring.features import BLOCKS
from synact_bench.scoring.judge import FOLDS, Judgement, judgement
from synact_bench.scoring.pair_sums import DocumentOrder, pair_sums

REGIONS = {"first third": 1 / 3, "middle third": 2 / 3, "last third": 1.0}
"""Of the path, by where each ends."""
TELLING = 8
"""Bases to show."""
SLOTS = 2
"""Of the K comparisons, how many are looked at: a share needs no interval."""
THREADS = 2


@dataclass(frozen=True, eq=False)
class Failures:
    """How a row differs from real in one cell.

    Attributes:
        blocks: by block of features alone, H = E2 over ``2 mean |x - y|``: 0 alike, at most 1,
            whatever the block's unit; slightly below 0 by chance.
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
    derived: ClassVar[tuple[str, ...]] = ("worst_block", "worst_region")

    @property
    def worst_block(self) -> str:
        """The block that tells most."""
        return max(self.blocks, key=lambda name: self.blocks[name])

    @property
    def worst_region(self) -> str:
        """The third of the path that tells most."""
        return max(self.regions, key=lambda name: self.regions[name])


def failures(reference: CurveReference, row: CurveSample, *, telling: int = TELLING) -> Failures:
    """Look for what gives a row away.

    Raises:
        ValueError: the row has too few documents in common with real to part into folds.
    """
    own = reference.on(row.bases)
    x, y = own.residuals(row)
    few = x[:SLOTS], y[:SLOTS]
    found = contributions(*few, own.order)
    worst = np.argsort(-found, kind="stable")[:telling]
    return Failures(
        blocks=_shares(few, own.order, _blocks(own.units.fractions)),
        regions=_shares(few, own.order, _regions(own.units.fractions)),
        bases=tuple(own.bases[worst].tolist()),
        contributions=tuple(found[worst].tolist()),
        judge=judgement(x, y, own.order),
    )


def failures_of(
    references: Mapping[CellName, CurveReference],
    samples: Mapping[CellName, Mapping[str, CurveSample]],
    *,
    rows: Collection[str],
    threads: int = THREADS,
) -> dict[str, dict[CellName, Failures]]:
    """By row and cell, what gives it away; none where it has too few documents for a judge.

    Args:
        references: real draws of each cell.
        samples: by cell and row.
        rows: those to look at.
        threads: how many rows are looked at at once; numbers do not depend on it.
    """
    tasks = [
        (cell, name, sample)
        for cell, own in samples.items()
        for name, sample in own.items()
        if name in rows and len({*references[cell].on(sample.bases).documents}) >= FOLDS
    ]
    with ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(lambda task: failures(references[task[0]], task[2]), tasks))
    found: dict[str, dict[CellName, Failures]] = {}
    for (cell, name, _), result in zip(tasks, results, strict=True):
        found.setdefault(name, {})[cell] = result
    return found


def contributions(x: Floats, y: Floats, order: DocumentOrder) -> Floats:
    """What each base adds to E2, ``[paths]``.

    The mean over bases b' of other documents of
    ``|x_b - y_b'| + |y_b - x_b'| - |x_b - x_b'| - |y_b - y_b'|``, mean over k. Where all documents
    have as many bases, E2 is the mean.

    Args:
        x: residuals of the row, ``[K, paths, features]``.
        y: of real.
        order: the paths by document.
    """
    single = np.arange(1, x.shape[1] + 1)
    own, real = x[:, order.paths], y[:, order.paths]
    across = pair_sums(own, real, single)
    excess = across + across.T - pair_sums(own, None, single) - pair_sums(real, None, single)
    sizes = np.diff(order.ends, prepend=0)
    document = np.repeat(np.arange(len(sizes)), sizes)
    apart = document[:, None] != document[None, :]
    found = np.empty(len(single))
    found[order.paths] = (excess * apart).sum(axis=1) / apart.sum(axis=1)
    return found


def _shares(
    residuals: tuple[Floats, Floats],
    order: DocumentOrder,
    columns: Mapping[str, NDArray[np.int64]],
) -> dict[str, float]:
    x, y = residuals
    return {
        name: energy(x[..., chosen], y[..., chosen], order).share
        for name, chosen in columns.items()
        if len(chosen)
    }


def _blocks(fractions: tuple[float, ...]) -> dict[str, NDArray[np.int64]]:
    each = len(fractions)
    return {name: np.arange(each) + place * each for place, name in enumerate(BLOCKS)}


def _regions(fractions: tuple[float, ...]) -> dict[str, NDArray[np.int64]]:
    region = np.searchsorted(list(REGIONS.values()), fractions)
    every = np.tile(region, len(BLOCKS))
    return {name: np.flatnonzero(every == place) for place, name in enumerate(REGIONS)}
