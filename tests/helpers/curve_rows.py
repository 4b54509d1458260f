"""Curves for the tests of scoring: rows that share their prompts, in documents of several bases."""

from __future__ import annotations

import numpy as np

from synact_bench.core.curves import SCORED, Curves
from synact_bench.scoring.curve_sample import CurveSample

GRID = np.array([0.0, *SCORED])


class Prompts:
    """Bases in documents; each prompt has a size of its own that all its curves share."""

    def __init__(self, documents: int, *, rng: np.random.Generator, most: int = 4) -> None:
        sizes = rng.integers(1, most + 1, size=documents)
        self.place = np.repeat(np.arange(documents), sizes)
        self.rng = rng
        self.shared = rng.normal(size=(len(self.place), 2))

    def row(self, *, shift: float = 0.0, spread: float = 1.0) -> CurveSample:
        """One path a base: ``shift`` 0 and ``spread`` 1 is a draw of real."""
        n = len(self.place)
        common = self.rng.normal(size=(self.place[-1] + 1, 2))[self.place]
        own = 0.6 * common + 0.8 * self.rng.normal(size=(n, 2))
        size = np.exp(0.5 * self.shared + 0.3 * (shift + spread * own))
        wiggle = 1 + 0.1 * spread * self.rng.normal(size=(n, len(GRID)))
        l2 = 100 * size[:, :1] * GRID**1.5 * np.abs(wiggle)
        kl = size[:, 1:] * GRID**2 * np.abs(wiggle)
        curves = Curves(GRID, l2.astype(np.float32), kl.astype(np.float32))
        return CurveSample(np.arange(n), self.names, curves)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"d{each:03d}" for each in self.place)
