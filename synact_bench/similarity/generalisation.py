"""Generalisation: does a sample reach real activations that nothing stored lies near?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.similarity.manifold import Support, pairwise
from synact_bench.similarity.pool import Bools, Matrix

K = 5
"""Neighbours that a ball reaches to, as in ``two_sample``."""
NEW = 0.25
"""Share of held-out real, the farthest from the train pool, that counts as new."""
FEWEST = 40
"""Held-out rows without which nothing is said: a quarter of fewer is no sample."""
NEARER = 1 - 1e-3
"""Share of a distance that is less than it by more than rounding."""


@dataclass(frozen=True)
class Generalisation:
    """How far a sample reaches beyond what is stored. All None for fewer than 40 held-out rows.

    Attributes:
        new: held-out real activations that count as new.
        coverage_new: share of these whose ball holds a row of the sample, 0 to 1.
        coverage_all: the same of all held-out real activations, 0 to 1.
        coverage_real: what a real sample of this size has on average, of either (``expected``).
        nearer: how often the sample reaches held-out real nearer than the train pool, over how
            often a fresh real sample would; at least 0.
    """

    new: int
    coverage_new: float | None = None
    coverage_all: float | None = None
    coverage_real: float | None = None
    nearer: float | None = None


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Held-out real activations, and how far each is from what is stored.

    Attributes:
        support: the balls around them, each to the 5th nearest other one.
        nearest: distance of each from the nearest train activation, ``[m]``.
        stored: train activations there are.
    """

    support: Support
    nearest: Floats
    stored: int

    @classmethod
    def of(cls, rows: Matrix, nearest: Floats, *, stored: int) -> HeldOut | None:
        """Prepare held-out real ``[m, d_model]``; None for fewer than 40 rows."""
        return cls(Support.of(rows, k=K), nearest, stored) if len(rows) >= FEWEST else None

    @property
    def new(self) -> Bools:
        """Which lie farther from the train pool than three quarters of them do, ``[m]``."""
        new: Bools = self.nearest > np.quantile(self.nearest, 1 - NEW)
        return new


def generalisation(sample: Matrix, heldout: HeldOut | None) -> Generalisation:
    """Measure a sample ``[n, d_model]`` against held-out real.

    *Coverage* (arXiv 2002.09797) is the share of held-out activations that have a row of the
    sample within the distance to their 5th nearest other held-out one. ``coverage_new`` asks it of
    the new ones alone: those farther from every train activation than three quarters of held-out
    real. Coverage rises with ``n``, so rows are compared at one ``n``, and with ``coverage_real``.
    The balls of new activations are wide, and a sample that strays or that keeps to the middle may
    lie in more of them than real does: what is far from ``coverage_real`` on either side is not
    like real, and a high coverage alone proves nothing.

    *Nearer* is the share of held-out activations that have a row of the sample nearer than any of
    the ``N`` train activations, over ``n / (N + n)``. Of N + n real activations of other documents
    each is equally likely to be the nearest, so a fresh real sample has 1 on average (more where
    its documents are held-out's own), for any ``n``. A copy has 0, however large. Noise leads away
    from most other activations and brings less than 1; points between stored ones lie nearer to
    all others than these do, and may have more.
    """
    if heldout is None:
        return Generalisation(0)
    apart = pairwise(sample, heldout.support.rows)
    reached: Bools = np.any(apart <= heldout.support.radii, axis=0)
    nearer = apart.min(axis=0) < NEARER * heldout.nearest
    n, new = len(sample), heldout.new
    return Generalisation(
        new=int(new.sum()),
        coverage_new=float(reached[new].mean()) if new.any() else None,
        coverage_all=float(reached.mean()),
        coverage_real=expected(n, len(reached)),
        nearer=float(nearer.mean()) * (heldout.stored + n) / n,
    )


def expected(n: int, m: int, *, k: int = K) -> float:
    """Coverage of ``m`` centres by ``n`` rows from where they came from, on average; 0 to 1.

    Of a centre, the other m - 1 and the n rows are equally likely to be near. None of the n lies
    within the k-th nearest of the m - 1 if the k nearest of all are among these:

        1 - product over i < k of (m - 1 - i) / (m - 1 + n - i)

    This holds of each centre wherever it lies, and so of the new ones as of all.
    """
    others = m - 1 - np.arange(k)
    return float(1 - np.prod(others / (others + n)))
