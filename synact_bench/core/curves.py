"""Curves: how the model's output moves along paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SCORED = (0.08, 0.18, 0.28, 0.40, 0.52, 0.64, 0.80, 1.0)
"""Fractions of the path that are scored: with eight, rows are told apart as well as with fifty."""
NEAR = 1e-6
"""By how much two fractions may differ that are one point of a grid: they may come in float32."""


@dataclass(frozen=True, eq=False)
class Curves:
    """One l2 and one kl curve per path.

    Attributes:
        fractions: position of each point along its path, from 0 to 1, ``[points]`` float64.
        l2: distance at the read hook from the path's first point, ``[paths, points]`` float32; NaN
            where it is not known.
        kl: KL(p(0) || p(n)) of the next-token distributions in nats, likewise.
        measured: which points were run, ``[paths, points]``; the others are interpolated, or NaN.
            None where all were.
    """

    fractions: NDArray[np.float64]
    l2: NDArray[np.float32]
    kl: NDArray[np.float32]
    measured: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        points = len(self.fractions)
        if points < 2:
            raise ValueError(f"a curve needs at least two points, not {points}")
        if self.l2.ndim != 2 or self.l2.shape[1] != points or self.kl.shape != self.l2.shape:
            raise ValueError(
                f"l2 {self.l2.shape} and kl {self.kl.shape} must both be [paths, {points}]"
            )
        if self.measured is not None and self.measured.shape != self.l2.shape:
            raise ValueError(f"measured {self.measured.shape} must be as l2 {self.l2.shape}")

    def __len__(self) -> int:
        return len(self.l2)

    def __getitem__(self, rows: slice | NDArray[np.generic]) -> Curves:
        """The curves of some paths: a slice, a mask or places."""
        measured = None if self.measured is None else self.measured[rows]
        return Curves(self.fractions, self.l2[rows], self.kl[rows], measured)

    def at(self, fractions: Sequence[float]) -> Curves:
        """The curves at some points of their grid alone.

        Raises:
            ValueError: a fraction is no point of the grid.
        """
        wanted = np.asarray(fractions)
        kept = np.abs(self.fractions[:, None] - wanted).argmin(axis=0)
        far = wanted[np.abs(self.fractions[kept] - wanted) > NEAR]
        if len(far):
            raise ValueError(f"{far.tolist()}: no point of a grid of {len(self.fractions)}")
        measured = None if self.measured is None else self.measured[:, kept]
        return Curves(self.fractions[kept], self.l2[:, kept], self.kl[:, kept], measured)

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Paths whose curve is known at every point of the grid, ``[paths]``."""
        known: NDArray[np.bool_] = ~np.isnan(self.l2 + self.kl).any(axis=1)
        return known

    @property
    def run(self) -> NDArray[np.bool_]:
        """Which points went through the model, ``[paths, points]``."""
        return np.ones(self.l2.shape, np.bool_) if self.measured is None else self.measured

    @property
    def interpolated(self) -> NDArray[np.bool_]:
        """Which points were filled in between those run, ``[paths, points]``.

        Points that are not known, of paths that are not whole, are neither.
        """
        filled: NDArray[np.bool_] = ~self.run & ~np.isnan(self.l2)
        return filled

    @property
    def interpolated_share(self) -> float:
        """Share of the points of the whole curves that were filled in; 0 where none is whole."""
        filled = self.interpolated[self.whole]
        return float(filled.mean()) if filled.size else 0.0

    @property
    def points_run(self) -> int:
        """How many of the points went through the model, each counted once."""
        return int(self.run.sum())


def joined(whole: Curves, sparse: Curves) -> Curves:
    """Curves on a grid, then those of further paths that are known at some of its points alone.

    Raises:
        ValueError: a fraction of ``sparse`` is no point of the grid.
    """
    grid = whole.fractions
    places = np.abs(grid[:, None] - sparse.fractions).argmin(axis=0)
    if (np.abs(grid[places] - sparse.fractions) > NEAR).any():
        raise ValueError(f"{sparse.fractions.tolist()} are not all points of a grid of {len(grid)}")

    def filled(first: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
        further = np.full((len(sparse), len(grid)), np.nan, np.float32)
        further[:, places] = other
        return np.concatenate([first, further])

    run = np.zeros((len(sparse), len(grid)), np.bool_)
    run[:, places] = sparse.run
    return Curves(
        grid,
        filled(whole.l2, sparse.l2),
        filled(whole.kl, sparse.kl),
        np.concatenate([whole.run, run]),
    )
