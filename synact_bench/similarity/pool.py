"""A pool of stored activations, and which of its rows lie near given points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics.base import Floats

Matrix = NDArray[np.floating]
"""Activations, ``[n, d_model]``, finite."""
Ids = NDArray[np.int64]
"""Row numbers of a pool."""
Bools = NDArray[np.bool_]

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

    @cached_property
    def to_centre(self) -> NDArray[np.float32]:
        """Scalar product of each centred row and the mean, ``[n]``."""
        products: NDArray[np.float32] = self.centred @ self.centre
        return products

    @cached_property
    def inverse_norms(self) -> NDArray[np.float32]:
        """1 over each row's distance from the origin, ``[n]``."""
        return _inverse_roots(_squares(self.rows))

    @cached_property
    def _spacings(self) -> Floats:
        """Distance of each row from the nearest other one, ``[n]``; nan until it is asked for."""
        return np.full(len(self), np.nan)

    def views(self, points: Matrix) -> Iterator[View]:
        """The pool as seen from points ``[m, d_model]``, 256 of them at a time."""
        for chunk in _chunks(points):
            yield self.view(points[chunk])

    def view(self, points: Matrix) -> View:
        """The pool as seen from points ``[m, d_model]``, which takes m x n numbers."""
        return View(self, points, self.products(points))

    def products(self, points: Matrix) -> NDArray[np.float32]:
        """Scalar products of points and rows, both about the mean row: ``[m, n]``."""
        products: NDArray[np.float32] = (points - self.centre).astype(np.float32) @ self.centred.T
        return products

    def nearest(self, points: Matrix) -> tuple[Floats, Ids]:
        """Distance of each point from its nearest row, ``[m]``, and which row that is."""
        found, ids = np.empty(len(points)), np.empty(len(points), dtype=np.int64)
        for chunk, view in zip(_chunks(points), self.views(points), strict=True):
            found[chunk], ids[chunk] = view.nearest
        return found, ids

    def spacing(self, ids: Ids) -> Floats:
        """Distance of each of the given rows from the nearest other row, ``[len(ids)]``."""
        unknown = np.unique(ids[np.isnan(self._spacings[ids])])
        for chunk in _chunks(unknown):
            own = unknown[chunk]
            self._spacings[own] = self.view(self.rows[own]).nearest_but(own)
        spacings: Floats = self._spacings[ids]
        return spacings


@dataclass(frozen=True, eq=False)
class View:
    """A pool as seen from some points: all of it follows from one product of matrices.

    Attributes:
        pool: what is looked at.
        points: where from, ``[m, d_model]``.
        products: ``pool.products(points)``, ``[m, n]``.
    """

    pool: Pool
    points: Matrix
    products: NDArray[np.float32]

    @cached_property
    def nearest(self) -> tuple[Floats, Ids]:
        """Distance of each point from its nearest row, ``[m]``, and which row that is."""
        exact = lengths(self.pool.rows[self._near] - self._wide)
        best = (np.arange(len(exact)), exact.argmin(axis=1))
        return exact[best], self._near[best]

    def nearest_but(self, left_out: Ids) -> Floats:
        """Distance of each point from its nearest row other than one, ``[m]``."""
        apart = self._apart()
        apart[np.arange(len(apart)), left_out] = np.inf
        near = _lowest(apart, min(CANDIDATES, len(self.pool) - 1))
        nearest: Floats = lengths(self.pool.rows[near] - self._wide).min(axis=1)
        return nearest

    def authentic(self) -> Bools:
        """Whether a point lies farther from its nearest row than that from another row: ``[m]``.

        Other rows near the point show it of many; the spacing is looked for where they do not.
        """
        (distances, ids), rows = self.nearest, self.pool.rows
        others = lengths(rows[self._near] - rows[ids].astype(np.float64)[:, None])
        others[self._near == ids[:, None]] = np.inf
        authentic: Bools = distances > others.min(axis=1)
        open_ = ~authentic
        authentic[open_] = distances[open_] > self.pool.spacing(ids[open_])
        return authentic

    def aligned(self, *, k: int) -> Ids:
        """The rows that lie most nearly in a point's direction from the mean, ``[m, k]``."""
        scale = -_inverse_roots(self.pool.squares)
        return _lowest(scale * self.products, min(k, len(self.pool)))

    def angle(self) -> Floats:
        """Smallest angle between a point and a row, seen from the origin: ``[m]``, in radians.

        0 for a positive multiple of a stored row; a right angle for the origin itself.
        """
        pool, points = self.pool, self.points.astype(np.float32)
        about_origin = self.products + pool.to_centre
        about_origin += (points @ pool.centre)[:, None]
        about_origin *= -pool.inverse_norms
        near = pool.rows[_lowest(about_origin, min(CANDIDATES, len(pool)))]
        smallest: Floats = _angles(self.points[:, None], near).min(axis=1)
        return smallest

    @cached_property
    def _near(self) -> Ids:
        """Rows among which the nearest of each point is, ``[m, 4]``."""
        return _lowest(self._apart(), min(CANDIDATES, len(self.pool)))

    @property
    def _wide(self) -> Floats:
        return self.points[:, None].astype(np.float64)

    def _apart(self) -> NDArray[np.float32]:
        """Squared distances of points and rows, except for the points' own squares: ``[m, n]``."""
        apart = -2 * self.products
        apart += self.pool.squares
        return apart


def _chunks(points: Matrix | Ids) -> list[slice]:
    return [slice(start, start + CHUNK) for start in range(0, len(points), CHUNK)]


def lengths(vectors: Matrix) -> Floats:
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


def _angles(points: Matrix, rows: Matrix) -> Floats:
    """Angles of vectors along the last axis; by the chord, which is accurate for small ones."""
    sides = [lengths(each)[..., None] for each in (points, rows)]
    units = [
        each / np.maximum(side, TINY) for each, side in zip((points, rows), sides, strict=True)
    ]
    angles = 2 * np.arcsin(np.minimum(lengths(units[0] - units[1]) / 2, 1))
    angles[np.minimum(*sides)[..., 0] == 0] = np.pi / 2
    return angles
