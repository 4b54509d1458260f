"""Energy distance between a row's paths and real ones, over pairs of different documents.

Every sum over pairs of paths is made once a row and cell, document by document. The distance, its
replicates for other documents and its null distribution are then quadratic forms of small matrices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics.base import Floats

FLIPS = 2000
"""Ways to exchange a row's paths with real ones in a null distribution."""


@dataclass(frozen=True, eq=False)
class Energy:
    """Sums over pairs of paths, by pair of documents.

    Attributes:
        kernel: sum of ``|x - y'| + |x' - y| - |x - x'| - |y - y'|`` over the pairs of a path of one
            document and a path of another, mean over draws, ``[documents, documents]``; 0 on the
            diagonal.
        across: sum of ``|x - y'| + |x' - y|`` alone, likewise.
        pairs: how many pairs, likewise.
    """

    kernel: Floats
    across: Floats
    pairs: Floats

    @property
    def value(self) -> float:
        """``E2 = 2 mean |x - y| - mean |x - x'| - mean |y - y'|``; a U-statistic.

        Unit: that of the features. Its expectation is 0 for a row that is one more draw of real
        activations and above 0 for any other; an estimate may be negative.

        Source: Szekely and Rizzo, Energy statistics (2013), with pairs of one document left out.
        """
        return float(self.kernel.sum() / self.pairs.sum())

    @property
    def share(self) -> float:
        """``H = E2 / (2 mean |x - y|)``: 0 where both are alike, 1 where no two are near; no scale.

        Source: as ``value``, coefficient of inhomogeneity.
        """
        return float(self.kernel.sum() / self.across.sum())

    def replicates(self, counts: NDArray[np.float32]) -> Floats:
        """The value for other documents, ``[replicates]``.

        Args:
            counts: how often each document occurs, ``[replicates, documents]``. Two copies of one
                document make no pair.
        """
        weights = counts.astype(np.float64)
        sums, pairs = (
            np.einsum("rd,rd->r", weights @ each, weights) for each in (self.kernel, self.pairs)
        )
        with np.errstate(invalid="ignore", divide="ignore"):  # no pair of documents: 0 / 0
            return np.asarray(sums / pairs)

    def null(self, *, rng: np.random.Generator, flips: int = FLIPS) -> Floats:
        """The value if the row were one more draw of real activations, ``[flips]``.

        Exchanging a path with the real one of its base changes the sign of the kernel in every pair
        that one of them is in. A document's paths are exchanged together: they are not independent.
        For one draw this is the permutation distribution; for the mean over several it is the wild
        bootstrap of a degenerate U-statistic (Leucht and Neumann, arXiv 1208.3064).
        """
        signs = rng.choice([-1.0, 1.0], size=(flips, len(self.kernel)))
        total = np.einsum("rd,rd->r", signs @ self.kernel, signs)
        return np.asarray(total / self.pairs.sum())


def energy(x: Floats, y: Floats, documents: NDArray[np.int64], many: int) -> Energy:
    """Compare a row with real.

    Paths are compared with those of the same draw: of 5 draws, the pairs of different ones would
    cost 5 times as much and hardly tell more.

    Args:
        x: residuals of the row, ``[draws, bases, features]``.
        y: of the real draws, likewise.
        documents: document of each base, 0 to ``many - 1``, ``[bases]``.
        many: how many documents there are.
    """
    order = np.argsort(documents, kind="stable")
    present, starts = np.unique(documents[order], return_index=True)
    kernel, across = (np.zeros((many, many)) for _ in range(2))
    place = np.ix_(present, present)
    for first, second in zip(x[:, order], y[:, order], strict=True):
        both = _by_document(_distances(first, second), starts)
        both = both + both.T
        within = _by_document(_distances(first, first), starts)
        within += _by_document(_distances(second, second), starts)
        across[place] += both
        kernel[place] += both - within
    sizes = np.bincount(documents, minlength=many).astype(np.float64)
    pairs = np.outer(sizes, sizes)
    for each in (kernel, across, pairs):
        np.fill_diagonal(each, 0)
    return Energy(kernel / len(x), across / len(x), pairs)


def _distances(first: Floats, second: Floats) -> NDArray[np.float32]:
    """Euclidean distances, ``[bases, bases]``, by one matrix product.

    In float32 about a common centre: of distances of order 1 it leaves 1e-6, and the sums over
    a million of them are exact to far more than their spread.
    """
    centre = second.mean(axis=0)
    left, right = ((each - centre).astype(np.float32) for each in (first, second))
    squared = -2 * (left @ right.T)
    squared += np.einsum("bf,bf->b", left, left)[:, None]
    squared += np.einsum("bf,bf->b", right, right)
    return np.asarray(np.sqrt(np.maximum(squared, 0, out=squared), out=squared))


def _by_document(distances: NDArray[np.float32], starts: NDArray[np.intp]) -> Floats:
    """Sums over the paths of each pair of documents, ``[documents, documents]``."""
    rows = np.add.reduceat(distances, starts, axis=1, dtype=np.float64)
    return np.asarray(np.add.reduceat(rows, starts, axis=0))
