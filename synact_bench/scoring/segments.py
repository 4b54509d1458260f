"""Mixtures: does a point lie on the straight line between two stored activations?"""

from __future__ import annotations

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.scoring.pool import TINY, Ids, Pool, Rows, lengths

CHUNK = 16
"""Points compared with the pool at a time."""
NEIGHBOURS = 8
"""Rows tried as the heavier end of a mixture."""
NEAR = 1e-6
"""Share of the pool's variance below which a row counts as no farther than this from a point."""


def between(points: Rows, pool: Pool) -> Floats:
    """How nearly each point lies between two rows of the pool: ``[m]``, -1 exactly, 1 not at all.

    The lowest cosine between (a - x) and (b - x). Unit: none. A point that equals a row has -1.

    a runs over the 8 rows that lie most nearly in x's direction from the pool's mean: a mixture
    has a shorter way to the mean than its ends, so rows nearer than either end abound, but few
    are as well aligned with it. For each a, b is the row whose cosine is lowest along the pool's
    leading 64 principal axes: a line remains a line in any projection, so the other end is found
    if a is one. The cosine returned is that in the whole space.
    """
    ends = pool.aligned(points, k=NEIGHBOURS)
    lowest: Floats = _cosines(points, pool, ends, _opposite(points, pool, ends)).min(axis=1)
    return lowest


def _opposite(points: Rows, pool: Pool, ends: Ids) -> Ids:
    """For each point and each of its ends, the row most nearly on the other side, ``[m, k]``."""
    shadows = pool.shadows
    squares = np.einsum("ij,ij->i", shadows, shadows)
    floor = max(NEAR * float(squares.mean()), float(TINY))
    places = (points - pool.centre).astype(np.float32) @ pool.axes
    found = np.empty(ends.shape, dtype=np.int64)
    for start in range(0, len(points), CHUNK):
        chunk = slice(start, start + CHUNK)
        place = places[chunk]
        own = np.einsum("ij,ij->i", place, place)
        apart = squares - 2 * (place @ shadows.T) + own[:, None]
        spokes = shadows[ends[chunk]] - place[:, None]
        cosines = spokes.reshape(-1, shadows.shape[1]) @ shadows.T
        cosines = cosines.reshape(*spokes.shape[:2], -1)
        cosines -= np.einsum("ijk,ik->ij", spokes, place)[:, :, None]
        cosines /= np.sqrt(np.maximum(apart, floor))[:, None]
        found[chunk] = cosines.argmin(axis=2)
    return found


def _cosines(points: Rows, pool: Pool, first: Ids, second: Ids) -> Floats:
    """Cosines of the angles that pairs of rows make at the points, ``[m, k]``."""
    cosines = np.empty(first.shape)
    for row, point in enumerate(points.astype(np.float64)):
        to_first, to_second = pool.rows[first[row]] - point, pool.rows[second[row]] - point
        product = np.einsum("ij,ij->i", to_first, to_second)
        length = lengths(to_first), lengths(to_second)
        cosines[row] = product / np.maximum(length[0] * length[1], TINY)
        cosines[row, length[0] == 0] = -1
    return np.clip(cosines, -1, 1)
