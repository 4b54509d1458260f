"""Curve reference: the real draws of a cell, which every row's curves are compared with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics.base import Floats
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.energy import Energy, energy
from synact_bench.scoring.features import Units
from synact_bench.scoring.pair_sums import DocumentOrder, pair_sums


@dataclass(frozen=True, eq=False)
class CurveReference:
    """Features of independent draws of real activations for the same bases.

    Attributes:
        bases: those that all draws have, rising, ``[paths]``.
        documents: of each.
        features: ``[K, paths, features]``.
        units: of the features.
    """

    bases: NDArray[np.int64]
    documents: tuple[str, ...]
    features: Floats
    units: Units

    @classmethod
    def of(cls, draws: Sequence[CurveSample], units: Units) -> CurveReference:
        """The reference of a cell; bases that a draw lacks are left out.

        Raises:
            ValueError: there are fewer than two draws, or curves are not as ``Units`` needs them.
        """
        if len(draws) < 2:
            raise ValueError(f"residuals need at least two draws of real, not {len(draws)}")
        bases = common_bases(draws)
        paired = [each.on(bases) for each in draws]
        features = np.stack([units.features(each.curves) for each in paired])
        return cls(bases, paired[0].documents, features, units)

    @cached_property
    def order(self) -> DocumentOrder:
        """The paths sorted by their documents."""
        return DocumentOrder.of(self.documents)

    @cached_property
    def real(self) -> Floats:
        """Residuals of real, ``[K, paths, features]``."""
        return residuals(self.features[0], self.features)[1]

    @cached_property
    def _within(self) -> Floats:
        return pair_sums(self.real[:, self.order.paths], None, self.order.ends)

    def prepared(self) -> CurveReference:
        """The same, with what all rows share computed: threads then only read."""
        _ = self._within
        return self

    def on(self, bases: NDArray[np.int64]) -> CurveReference:
        """The same on some of its bases."""
        kept = np.isin(self.bases, bases)
        if kept.all():
            return self
        documents = tuple(np.array(self.documents, dtype=object)[kept])
        return replace(
            self, bases=self.bases[kept], documents=documents, features=self.features[:, kept]
        )

    def residuals(self, row: CurveSample) -> tuple[Floats, Floats]:
        """Residuals of a row that has exactly these bases, and of real."""
        return residuals(self.units.features(row.on(self.bases).curves), self.features)

    def energy(self, row: CurveSample) -> Energy:
        """Compare a row with real on the bases that it has: one that lacks pairs loses no others.

        Raises:
            ValueError: the row has bases of fewer than two documents in common with real.
        """
        own = self.on(row.bases)
        x, y = own.residuals(row)
        return energy(x, y, own.order, within_real=own._within)

    def between(self, row: CurveSample, documents: Collection[str]) -> float:
        """Sum of a row's excess over the ordered pairs of bases of two of some documents."""
        chosen = {*documents}
        if len(chosen) < 2:
            return 0.0
        own = self.on(row.bases)
        own = own.on(own.bases[[one in chosen for one in own.documents]])
        x, y = own.residuals(row)
        return float(energy(x, y, own.order).excess.sum())


def residuals(row: Floats, real: Floats) -> tuple[Floats, Floats]:
    """What is left of a row, and of real, once the prompt is taken away.

        x_bk = row_b - mean over j != k of real_bj
        y_bk = real_bk - mean over j != k of real_bj

    For each base and k, both are compared with the same other draws: were the row a further draw of
    real, x_bk and y_bk would have one distribution. What is added to all curves of a base alike
    plays no part.

    Args:
        row: ``[paths, features]``.
        real: K independent draws for the same bases, ``[K, paths, features]``.

    Returns:
        x and y, each ``[K, paths, features]``.

    Raises:
        ValueError: fewer than two draws, or the shapes do not agree.
    """
    draws = len(real)
    if draws < 2:
        raise ValueError(f"residuals need at least two draws of real, not {draws}")
    if real.shape[1:] != row.shape:
        raise ValueError(f"row {row.shape} and real {real.shape} must have the same paths")
    others = (real.sum(axis=0) - real) / (draws - 1)
    return row - others, real - others


def common_bases(samples: Sequence[CurveSample]) -> NDArray[np.int64]:
    """Bases that all samples have, rising."""
    bases = np.unique(samples[0].bases)
    for each in samples[1:]:
        bases = np.intersect1d(bases, each.bases)
    return bases
