"""Where a sample lies: the balls around its rows that reach to their k-th nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.similarity.pool import Bools, Matrix

SAME = 1e-12
"""Squared distance, as a share of the largest squared norm, that is rounding and counts as 0."""


def pairwise(first: Matrix, second: Matrix) -> Floats:
    """Euclidean distances ``[n, m]`` in float64; 0 between equal rows."""
    centre = second.mean(axis=0, dtype=np.float64)
    one, two = first - centre, second - centre
    ones, twos = (one**2).sum(axis=1), (two**2).sum(axis=1)
    squared: Floats = ones[:, None] + twos - 2 * (one @ two.T)
    squared[squared <= SAME * max(ones.max(), twos.max())] = 0
    return np.sqrt(squared, out=squared)


@dataclass(frozen=True, eq=False)
class Support:
    """Balls around the rows of a sample: a stand-in for the region it came from.

    Attributes:
        rows: the centres, ``[m, d_model]``.
        k: the ball of a row reaches to its k-th nearest other row.
        radii: ``[m]``.
    """

    rows: Matrix
    k: int
    radii: Floats

    @classmethod
    def of(cls, rows: Matrix, *, k: int) -> Support:
        """The balls of ``rows``.

        Raises:
            ValueError: there are not more than ``k`` rows.
        """
        if len(rows) <= k:
            raise ValueError(f"{len(rows)} rows have no {k}-th nearest neighbour each")
        apart = pairwise(rows, rows)
        np.fill_diagonal(apart, np.inf)
        return cls(rows, k, np.partition(apart, k - 1, axis=1)[:, k - 1])

    def inside(self, points: Matrix) -> Bools:
        """Which of ``points`` lie in which balls, ``[n, m]``; the surface counts as inside."""
        return pairwise(points, self.rows) <= self.radii


def precision(inside: Bools) -> float:
    """Share of points that lie in at least one ball, 0 to 1 (arXiv 1904.06991)."""
    return float(inside.any(axis=1).mean())


def coverage(inside: Bools) -> float:
    """Share of balls that hold at least one point, 0 to 1 (arXiv 2002.09797)."""
    return float(inside.any(axis=0).mean())


def density(inside: Bools, *, k: int) -> float:
    """Mean number of balls a point lies in, over ``k`` (arXiv 2002.09797).

    At least 0, about 1 for points from where the centres came from; more where the points crowd
    into the thick of them.
    """
    return float(inside.sum(axis=1).mean() / k)
