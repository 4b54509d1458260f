"""Pair sums: distances of all pairs of paths, summed by pair of documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics.base import Floats

TILE = 88
"""Bases to a side of what is worked on at once, about: it stays in the processor's cache, and a
product of so few is not worth a second thread to BLAS, whose threads are slow on a busy machine."""

Singles = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class DocumentOrder:
    """Paths sorted by their documents.

    Attributes:
        documents: ids, rising.
        paths: their places, those of a document side by side, ``[paths]``.
        ends: of each document in that order, where the next begins, ``[documents]``.
    """

    documents: tuple[str, ...]
    paths: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, documents: Sequence[str]) -> DocumentOrder:
        """Sort paths by their documents.

        Raises:
            ValueError: there are fewer than two documents.
        """
        names, place = np.unique(np.array(documents), return_inverse=True)
        if len(names) < 2:
            raise ValueError(f"pairs of different documents need at least two, not {len(names)}")
        order = np.argsort(place, kind="stable")
        return cls(tuple(map(str, names)), order, np.cumsum(np.bincount(place)))


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
    single = len(ends) == first.shape[1]
    sums = np.zeros((len(ends), len(ends)))
    tiles = _tiles(ends)
    for row, own in enumerate(tiles):
        for other in tiles[row if second is None else 0 :]:
            begin, top = starts[own.start], starts[other.start]
            apart = left[:, begin : ends[own.stop - 1]] @ right[:, :, top : ends[other.stop - 1]]
            np.sqrt(np.maximum(apart, 0, out=apart), out=apart)
            whole = apart.sum(axis=0)
            if not single:  # sums of one path each are slow, and are what they are made of
                narrow = np.add.reduceat(whole, starts[other] - top, axis=1)
                whole = np.add.reduceat(narrow, starts[own] - begin, axis=0)
            sums[own, other] = whole
    if second is None:
        sums = np.triu(sums) + np.triu(sums, 1).T
    return sums / len(first)


def _tiles(ends: NDArray[np.int64]) -> list[slice]:
    """Documents, in slices of about ``TILE`` bases."""
    group = (ends - 1) // TILE
    cuts = np.flatnonzero(np.diff(group)) + 1
    edges = [0, *cuts.tolist(), len(ends)]
    return [slice(start, stop) for start, stop in pairwise(edges)]


def _extended(rows: Floats, *, squares_last: bool) -> Singles:
    """Rows with their squares and a 1, so that a product of two is a squared distance."""
    single = rows.astype(np.float32)
    squares = np.einsum("knf,knf->kn", rows, rows)[..., None].astype(np.float32)
    ones = np.ones_like(squares)
    if squares_last:
        return np.concatenate([single, ones, squares], axis=-1)
    return np.concatenate([-2 * single, squares, ones], axis=-1)
