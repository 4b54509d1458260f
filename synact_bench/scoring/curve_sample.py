"""Curve samples: the curves of one row in one cell, and the base and document of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synact_bench.core.curves import Curves


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
