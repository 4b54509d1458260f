"""Energy distance between two samples of residuals, by pairs of documents.

    E2 = 2 mean |x - y'| - mean |x - x'| - mean |y - y'|

over pairs of bases of *different* documents: a U-statistic, 0 on average for two samples of one
distribution, above 0 otherwise, without upper bound; lower is more alike. (Szekely and Rizzo,
Energy statistics, 2013; scipy's ``energy_distance`` is the root of the V-statistic.)

Sums over pairs are kept by pair of documents, so that leaving documents out, drawing them with
replacement and swapping samples within them are quadratic forms of these matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics.base import Floats
from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.resampling import Resampling

TILE = 88
"""Bases to a side of what is worked on at once, about: it stays in the processor's cache, and a
product of so few is not worth a second thread to BLAS, whose threads are slow on a busy machine."""

Singles = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Energy:
    """Sums over pairs of bases, by pair of documents; documents in rising order.

    Attributes:
        documents: their ids.
        sizes: bases of each, ``[documents]``.
        across: of ``|x - y'| + |y - x'|``, ``[documents, documents]``, 0 on the diagonal.
        excess: ``across`` less those of ``|x - x'|`` and of ``|y - y'|``, likewise.
    """

    documents: tuple[str, ...]
    sizes: Floats
    across: Floats
    excess: Floats

    @property
    def pairs(self) -> float:
        """Ordered pairs of bases of different documents."""
        return float(self.sizes.sum() ** 2 - (self.sizes**2).sum())

    @property
    def value(self) -> float:
        """E2, in the unit of the residuals."""
        return float(self.excess.sum()) / self.pairs

    @property
    def share(self) -> float:
        """E2 over ``2 mean |x - y'|``: 0 alike, 1 at a point each; needs no scale of Gaussians.

        0 where all residuals of both samples are equal.
        """
        across = float(self.across.sum())
        return float(self.excess.sum()) / across if across else 0.0

    def estimate(self, resampling: Resampling) -> Estimate:
        """E2 with its replicates over documents.

        A document drawn twice makes no pair with itself. For a calibrated resampling, the part of
        a replicate that is linear in the documents' counts is shrunk: what each document seems to
        add holds the noise of the pairs it is in, and resampling would count that once as it came
        with the data and twice for being drawn. With ``e`` the counts less 1 and ``G`` the excess
        less E2 times the number of pairs, a replicate is

            E2 + (shrunk * 2 e'G1 + e'Ge) / pairs of the replicate

        Raises:
            KeyError: a document is not among those resampled.
        """
        value = self.value
        if not len(resampling.counts):
            return Estimate(value)
        counts = resampling.counts[:, resampling.of(self.documents)]
        centred = self.excess - value * (np.outer(self.sizes, self.sizes) - np.diag(self.sizes**2))
        extra = counts - np.float32(1)
        linear = 2 * (extra @ centred.sum(axis=1))
        if resampling.calibrated:
            linear *= shrinkage(centred)
        pairs = (counts @ self.sizes) ** 2 - counts**2 @ self.sizes**2
        with np.errstate(invalid="ignore", divide="ignore"):  # one document left: no pair
            return Estimate(value, value + (linear + quadratic(extra, centred)) / pairs)

    def swapped(self, signs: Singles) -> Floats:
        """E2 with x and y swapped in the documents whose sign is -1, ``[swaps]``.

        Args:
            signs: ``[swaps, documents]``, in the order of ``documents``.
        """
        return quadratic(signs, self.excess) / self.pairs


def energy(x: Floats, y: Floats, documents: Sequence[str]) -> Energy:
    """Compare residuals, ``[K, paths, features]`` each.

    Only residuals of one k are paired, and averaged over k: all pairs of k would cost K times as
    much, and make the standard error of no row smaller by more than a few percent.

    Args:
        x: of the row.
        y: of real, for the same bases.
        documents: of each path.

    Raises:
        ValueError: the shapes do not agree, a value is not finite, or all paths are of one
            document.
    """
    if x.shape != y.shape or x.shape[1] != len(documents):
        raise ValueError(f"x {x.shape}, y {y.shape} and {len(documents)} documents do not agree")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("residuals are not finite")
    names, place = np.unique(np.array(documents), return_inverse=True)
    if len(names) < 2:
        raise ValueError("pairs of different documents need at least two")
    order = np.argsort(place, kind="stable")
    ends = np.cumsum(np.bincount(place))
    across = pair_sums(x[:, order], y[:, order], ends)
    across += across.T
    excess = across - pair_sums(x[:, order], None, ends) - pair_sums(y[:, order], None, ends)
    for matrix in (across, excess):
        np.fill_diagonal(matrix, 0.0)
    sizes = np.bincount(place).astype(np.float64)
    return Energy(tuple(map(str, names)), sizes, across, excess)


def shrinkage(centred: Floats) -> float:
    """How much of the spread of the linear parts is their own, 0 to 1, as a standard deviation.

    The row sums of ``centred`` ``[documents, documents]`` vary by what the documents differ in,
    and by the noise of their pairs: the variance that is left once rows and columns are taken
    away. Near 0 where two samples are alike (the statistic is degenerate), near 1 elsewhere.
    """
    sums = centred.sum(axis=1)
    each = sums / (len(sums) - 2) if len(sums) > 2 else sums
    noise = centred - each[:, None] - each[None, :]
    np.fill_diagonal(noise, 0.0)
    spread = float((sums**2).sum())
    return float(np.sqrt(max(0.0, 1 - float((noise**2).sum()) / spread))) if spread else 0.0


def quadratic(weights: Singles, matrix: Floats) -> Floats:
    """``w' matrix w`` of each row of ``weights`` ``[rows, documents]``."""
    product = weights @ matrix.astype(np.float32)
    return np.einsum("rd,rd->r", product, weights, dtype=np.float64)


def pair_sums(first: Floats, second: Floats | None, ends: NDArray[np.int64]) -> Floats:
    """Sums of ``|first - second|`` over the pairs of bases of two documents, mean over k.

    Distances are of float32 and by matrix products. The squares cancel only for pairs much closer
    to each other than to 0; of bases of different documents these are few.

    Args:
        first: ``[K, paths, features]``, the paths of a document side by side.
        second: likewise; None for the pairs of ``first`` with itself, of which half are computed.
        ends: of each document, where the next begins, ``[documents]``.

    Returns:
        ``[documents, documents]`` float64.
    """
    left = _extended(first, squares_last=False)
    right = _extended(first if second is None else second, squares_last=True).transpose(0, 2, 1)
    starts = np.concatenate([[0], ends[:-1]])
    sums = np.zeros((len(ends), len(ends)))
    tiles = _tiles(ends)
    for row, own in enumerate(tiles):
        for other in tiles[row if second is None else 0 :]:
            begin, top = starts[own.start], starts[other.start]
            apart = left[:, begin : ends[own.stop - 1]] @ right[:, :, top : ends[other.stop - 1]]
            np.sqrt(np.maximum(apart, 0, out=apart), out=apart)
            narrow = np.add.reduceat(apart.sum(axis=0), starts[other] - top, axis=1)
            sums[own, other] = np.add.reduceat(narrow, starts[own] - begin, axis=0)
    if second is None:
        sums = np.triu(sums) + np.triu(sums, 1).T
    return sums / len(first)


def _tiles(ends: NDArray[np.int64]) -> list[slice]:
    """Documents, in slices of about ``TILE`` bases."""
    group = (ends - 1) // TILE
    cuts = np.flatnonzero(np.diff(group)) + 1
    edges = [0, *cuts.tolist(), len(ends)]
    return [slice(start, stop) for start, stop in zip(edges, edges[1:], strict=False)]


def _extended(rows: Floats, *, squares_last: bool) -> Singles:
    """Rows with their squares and a 1, so that a product of two is a squared distance."""
    single = rows.astype(np.float32)
    squares = np.einsum("knf,knf->kn", rows, rows)[..., None].astype(np.float32)
    ones = np.ones_like(squares)
    if squares_last:
        return np.concatenate([single, ones, squares], axis=-1)
    return np.concatenate([-2 * single, squares, ones], axis=-1)
