"""Activations in clusters, as real ones are: many near a few centres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Clusters:
    """Gaussian clusters of standard deviation 1 around Gaussian centres, off the origin."""

    centres: NDArray[np.float64]

    @classmethod
    def draw(
        cls, *, rng: np.random.Generator, d: int = 64, clusters: int = 30, spread: float = 4.0
    ) -> Clusters:
        return cls(2 + spread * rng.normal(size=(clusters, d)))

    def rows(self, n: int, *, rng: np.random.Generator) -> Array:
        own = self.centres[rng.integers(len(self.centres), size=n)]
        return (own + rng.normal(size=own.shape)).astype(np.float32)


def gaussian_like(rows: Array, n: int, *, rng: np.random.Generator) -> Array:
    """Gaussian samples with the mean and covariance of ``rows``."""
    covariance = np.cov(rows.T.astype(np.float64))
    return rng.multivariate_normal(rows.mean(axis=0), covariance, size=n).astype(np.float32)
