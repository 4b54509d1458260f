"""Curve samples: the curves of one row in one cell, and the base and document of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synact_bench.core.curves import Curves
from synact_bench.scoring.pair_sums import DocumentOrder


@dataclass(frozen=True, eq=False)
class CurveSample:
    """A cell's curves, after dropped pairs are removed.

    Attributes:
        bases: which base each path starts from, each at most once: equal numbers pair the paths
            of two samples, ``[paths]``.
        documents: the document of each base, length ``paths``.
        curves: l2 and kl of each path.
    """

    bases: NDArray[np.int64]
    documents: tuple[str, ...]
    curves: Curves

    def __post_init__(self) -> None:
        for name, length in (("bases", len(self.bases)), ("documents", len(self.documents))):
            if length != len(self.curves):
                raise ValueError(f"{name} has {length} paths, the curves have {len(self.curves)}")
        if len(np.unique(self.bases)) != len(self.bases):
            raise ValueError("a base occurs twice: each has one path in a cell")

    def __len__(self) -> int:
        return len(self.curves)

    def on(self, bases: NDArray[np.int64]) -> CurveSample:
        """The paths that start from ``bases``, in that order.

        Raises:
            ValueError: the sample has no path from one of them.
        """
        if np.array_equal(self.bases, bases):
            return self
        lacking = np.setdiff1d(bases, self.bases)
        if len(lacking):
            raise ValueError(f"no path from base {lacking[0]} and {len(lacking) - 1} others")
        order = np.argsort(self.bases)
        chosen = order[np.searchsorted(self.bases, bases, sorter=order)]
        return CurveSample(
            bases=self.bases[chosen],
            documents=tuple(self.documents[place] for place in chosen),
            curves=self.curves[chosen],
        )

    def where(self, kept: NDArray[np.bool_]) -> CurveSample:
        """The paths marked in ``kept`` ``[paths]``."""
        return self.on(self.bases[kept])


def wrong_places(documents: Sequence[str]) -> NDArray[np.int64]:
    """For each path the place of one of another document, each taken once, ``[paths]``.

    Raises:
        ValueError: the paths are of fewer than two documents, or more than half of one.
    """
    order = DocumentOrder.of(documents)
    largest = int(np.diff(order.ends, prepend=0).max())
    if 2 * largest > len(documents):
        raise ValueError(f"{largest} of {len(documents)} paths are of one document")
    places = np.empty(len(documents), dtype=np.int64)
    # Paths of one document lie side by side: farther than the largest is in another one.
    places[order.paths] = np.roll(order.paths, largest)
    return places


def dealt_wrong(real: CurveSample) -> CurveSample:
    """Each path of a draw of real activations, given to a base of another document.

    Every path is then real and none belongs where it stands: a score that sees the prompt must
    find it far from real, one that compares distributions alone cannot.

    Raises:
        ValueError: as ``wrong_places``.
    """
    moved = real.on(real.bases[wrong_places(real.documents)])
    return replace(real, curves=moved.curves)
