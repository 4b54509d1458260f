"""A pool of stored activations, and which of its rows lie near given points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics.base import Floats

Rows = NDArray[np.floating]
"""Activations, ``[n, d_model]``, finite."""
Ids = NDArray[np.int64]
"""Row numbers of a pool."""

AXES = 64
"""Most principal axes kept."""
CANDIDATES = 4
"""Rows picked in float32, of which float64 chooses the best."""
CHUNK = 256
"""Points compared with the pool at a time."""
TINY = np.finfo(np.float32).tiny


@dataclass(frozen=True, eq=False)
class Pool:
    """Stored activations, prepared once for many questions.

    Distances and angles are exact to float64, 0 for a stored row itself. Only the choice of the
    row is made in float32: of rows that differ in distance by less than about a thousandth of the
    pool's spread, any may be the one found.

    Attributes:
        rows: ``[n, d_model]`` float32, at least 2.

    Raises:
        ValueError: the rows are not that, or not finite.
    """

    rows: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.rows.ndim != 2 or self.rows.dtype != np.float32 or len(self.rows) < 2:
            raise ValueError(
                f"a pool is [n, d_model] float32 with 2 rows or more, not "
                f"{list(self.rows.shape)} {self.rows.dtype}"
            )
        if not np.isfinite(self.rows).all():
            raise ValueError("the pool has rows that are not finite")

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def centre(self) -> NDArray[np.float32]:
        """Mean row, ``[d_model]``."""
        centre: Floats = self.rows.mean(axis=0, dtype=np.float64)
        return centre.astype(np.float32)

    @cached_property
    def centred(self) -> NDArray[np.float32]:
        """The rows about their mean: smaller numbers lose less to rounding."""
        return self.rows - self.centre

    @cached_property
    def squares(self) -> NDArray[np.float32]:
        """Squared distance of each row from the mean, ``[n]``."""
        return _squares(self.centred)

    @cached_property
    def axes(self) -> NDArray[np.float32]:
        """Leading principal axes, as columns: ``[d_model, axes]``."""
        spread = self.centred.T @ self.centred
        vectors: Floats = np.linalg.eigh(spread.astype(np.float64))[1]
        return vectors[:, -AXES:].astype(np.float32)

    @cached_property
    def shadows(self) -> NDArray[np.float32]:
        """The centred rows along the principal axes, ``[n, axes]``."""
        return self.centred @ self.axes

    def nearest(self, points: Rows) -> tuple[Floats, Ids]:
        """Distance of each point from its nearest row, ``[m]``, and which row that is."""
        return self._nearest(points, without=None)

    def spacing(self, ids: Ids) -> Floats:
        """Distance of each of the given rows from the nearest other row, ``[len(ids)]``."""
        distances, _ = self._nearest(self.rows[ids], without=ids)
        return distances

    def aligned(self, points: Rows, *, k: int) -> Ids:
        """The rows that lie most nearly in a point's direction from the mean, ``[m, k]``."""
        scale = -_inverse_roots(self.squares)
        found = np.empty((len(points), min(k, len(self))), dtype=np.int64)
        for chunk in _chunks(points):
            found[chunk] = _lowest(scale * self._products(points[chunk]), found.shape[1])
        return found

    def angle(self, points: Rows) -> Floats:
        """Smallest angle between a point and a row, seen from the origin: ``[m]``, in radians.

        0 for a positive multiple of a stored row; a right angle for the origin itself.
        """
        scale = -_inverse_roots(_squares(self.rows))
        found = np.empty(len(points))
        for chunk in _chunks(points):
            products = points[chunk].astype(np.float32) @ self.rows.T
            near = self.rows[_lowest(scale * products, min(CANDIDATES, len(self)))]
            found[chunk] = _angles(points[chunk, None], near).min(axis=1)
        return found

    def _products(self, points: Rows) -> NDArray[np.float32]:
        products: NDArray[np.float32] = (points - self.centre).astype(np.float32) @ self.centred.T
        return products

    def _nearest(self, points: Rows, *, without: Ids | None) -> tuple[Floats, Ids]:
        found, ids = np.empty(len(points)), np.empty(len(points), dtype=np.int64)
        for chunk in _chunks(points):
            apart = self.squares - 2 * self._products(points[chunk])
            if without is not None:
                apart[np.arange(len(apart)), without[chunk]] = np.inf
            near = _lowest(apart, min(CANDIDATES, len(self) - (without is not None)))
            exact = lengths(self.rows[near] - points[chunk, None].astype(np.float64))
            best = (np.arange(len(near)), exact.argmin(axis=1))
            found[chunk], ids[chunk] = exact[best], near[best]
        return found, ids


def _chunks(points: Rows) -> list[slice]:
    return [slice(start, start + CHUNK) for start in range(0, len(points), CHUNK)]


def lengths(vectors: Rows) -> Floats:
    """Euclidean norms along the last axis, summed in float64."""
    wide = vectors.astype(np.float64, copy=False)
    norms: Floats = np.sqrt(np.einsum("...i,...i->...", wide, wide))
    return norms


def _squares(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    squares: NDArray[np.float32] = np.einsum("ij,ij->i", rows, rows)
    return squares


def _inverse_roots(squares: NDArray[np.float32]) -> NDArray[np.float32]:
    roots: NDArray[np.float32] = np.sqrt(np.maximum(squares, TINY))
    return np.reciprocal(roots)


def _lowest(values: NDArray[np.float32], k: int) -> Ids:
    """Columns of the ``k`` lowest values of each row, lowest first; overwrites these values."""
    rows = np.arange(len(values))
    found = np.empty((len(values), k), dtype=np.int64)
    for place in range(k):  # for so few columns faster than a partition
        found[:, place] = values.argmin(axis=1)
        values[rows, found[:, place]] = np.inf
    return found


def _angles(points: Rows, rows: Rows) -> Floats:
    """Angles of vectors along the last axis; by the chord, which is accurate for small ones."""
    sides = [lengths(each)[..., None] for each in (points, rows)]
    units = [
        each / np.maximum(side, TINY) for each, side in zip((points, rows), sides, strict=True)
    ]
    angles = 2 * np.arcsin(np.minimum(lengths(units[0] - units[1]) / 2, 1))
    angles[np.minimum(*sides)[..., 0] == 0] = np.pi / 2
    return angles
