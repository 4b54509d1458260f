"""Mixtures: does a point lie on the straight line between two stored activations?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics.base import Floats
from synact_bench.similarity.pool import TINY, Ids, Matrix, Pool, View, lengths

CHUNK, TILE = 64, 512
"""Points compared with the pool at a time, and rows of it: few enough to stay in the cache."""
NEIGHBOURS = 8
"""Rows tried as the heavier end of a mixture."""
NEAR = 1e-6
"""Share of the pool's variance below which a row counts as no farther than this from a point."""


def between(view: View) -> Floats:
    """How nearly each point lies between two rows of the pool: ``[m]``, -1 exactly, 1 not at all.

    The lowest cosine between (a - x) and (b - x). Unit: none. A point that equals a row has -1.

    a runs over the 8 rows that lie most nearly in x's direction from the pool's mean: a mixture
    has a shorter way to the mean than its ends, so rows nearer than either end abound, but few
    are as well aligned with it. For each a, b is the row whose cosine is lowest along the pool's
    leading 64 principal axes: a line remains a line in any projection, so the other end is found
    if a is one. The cosine returned is that in the whole space.
    """
    points, pool, ends = view.points, view.pool, view.aligned(k=NEIGHBOURS)
    lowest: Floats = _cosines(points, pool, ends, _opposite(points, pool, ends)).min(axis=1)
    return lowest


def _opposite(points: Matrix, pool: Pool, ends: Ids) -> Ids:
    """For each point and each of its ends, the row most nearly on the other side, ``[m, k]``."""
    places = (points - pool.centre).astype(np.float32) @ pool.axes
    squares = np.einsum("ij,ij->i", pool.shadows, pool.shadows)
    found = np.empty(ends.shape, dtype=np.int64)
    for start in range(0, len(points), CHUNK):
        chunk = slice(start, start + CHUNK)
        spokes = pool.shadows[ends[chunk]] - places[chunk, None]
        found[chunk] = _lowest_cosines(places[chunk], spokes, pool.shadows, squares)
    return found


def _lowest_cosines(
    places: NDArray[np.float32],
    spokes: NDArray[np.float32],
    shadows: NDArray[np.float32],
    squares: NDArray[np.float32],
) -> Ids:
    """The row that each spoke of a place points away from the most, ``[m, k]``.

    Args:
        places: of the points along the axes, ``[m, axes]``.
        spokes: ways from each place, ``[m, k, axes]``.
        shadows: rows of the pool along the axes, ``[n, axes]``.
        squares: their squared lengths, ``[n]``.
    """
    floor = max(NEAR * float(squares.mean()), float(TINY))
    own = np.einsum("ij,ij->i", places, places)[:, None]
    shift = np.einsum("ijk,ik->ij", spokes, places)[:, :, None]
    flat = spokes.reshape(-1, shadows.shape[1])
    found = np.zeros(spokes.shape[:2], dtype=np.int64)
    lowest = np.full(found.shape, np.inf, dtype=np.float32)
    for first in range(0, len(shadows), TILE):
        tile = slice(first, first + TILE)
        apart = squares[tile] - 2 * (places @ shadows[tile].T) + own
        cosines = (flat @ shadows[tile].T).reshape(*found.shape, -1) - shift
        cosines /= np.sqrt(np.maximum(apart, floor))[:, None]
        ids = cosines.argmin(axis=2)
        values = np.take_along_axis(cosines, ids[:, :, None], axis=2)[:, :, 0]
        lower = values < lowest
        lowest[lower], found[lower] = values[lower], first + ids[lower]
    return found


def _cosines(points: Matrix, pool: Pool, first: Ids, second: Ids) -> Floats:
    """Cosines of the angles that pairs of rows make at the points, ``[m, k]``."""
    cosines = np.empty(first.shape)
    for row, point in enumerate(points.astype(np.float64)):
        to_first, to_second = pool.rows[first[row]] - point, pool.rows[second[row]] - point
        product = np.einsum("ij,ij->i", to_first, to_second)
        length = lengths(to_first), lengths(to_second)
        cosines[row] = product / np.maximum(length[0] * length[1], TINY)
        cosines[row, length[0] == 0] = -1
    return np.clip(cosines, -1, 1)
