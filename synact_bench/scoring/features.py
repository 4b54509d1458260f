"""Features: a curve at a few fixed fractions of its path, in three blocks.

At each fraction: how far the output has moved in units of real (``early l2``), how much of its
own way it has gone (``shape``), and how much the prediction has changed (``kl``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synact_bench.core.curves import SCORED, Curves
from synact_bench.metrics.base import Floats, kl_curves, l2_curves

BLOCKS = ("early l2", "shape", "kl")
MOST_SHAPE = 2.0
"""Of l2 over final l2: without a bound, paths that return to their start decide everything."""
KL_OFFSET = 1e-6
"""Nats added before the logarithm: below it, kl is rounding."""


def final_length(curves: Sequence[Curves]) -> float:
    """Median final l2 of real curves, in activation units at the read hook.

    Raises:
        ValueError: it is not above 0: real activations leave the model's output where it was.
    """
    ends = [l2_curves(each.at((0.0, 1.0)))[:, -1] for each in curves]
    length = float(np.median(np.concatenate(ends)))
    if not length > 0:
        raise ValueError(f"the median final l2 of real curves is {length}, not above 0")
    return length


def curve_features(curves: Curves, *, length: float, fractions: Sequence[float] = SCORED) -> Floats:
    """``[l2 / length, min(l2 / l2(N), 2), log10(kl + 1e-6)]``, ``[paths, 3, fractions]``.

    A path that ends where it began has no length to divide by: its shape is the limit of paths
    that nearly do, 2 wherever it has moved, 0 wherever it has not, and 1 at its end.

    Args:
        curves: of any grid that holds ``fractions``.
        length: ``final_length`` of real.
        fractions: of the path, ascending.

    Raises:
        ValueError: a fraction is not on the grid, or a value is negative or not finite.
    """
    # Both ends belong to a curve; what lies between the fractions need not be known.
    needed = curves.at(sorted({0.0, *fractions, 1.0}))
    columns = np.abs(needed.fractions[:, None] - np.array(fractions)).argmin(axis=0)
    l2, kl = l2_curves(needed), kl_curves(needed)
    final = l2[:, -1:]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        shape = np.minimum(l2[:, columns] / final, MOST_SHAPE)
    shape[np.isnan(shape)] = 0.0  # 0 / 0: not moved
    shape[:, columns == l2.shape[1] - 1] = 1.0
    return np.stack([l2[:, columns] / length, shape, np.log10(kl[:, columns] + KL_OFFSET)], axis=1)


@dataclass(frozen=True)
class Units:
    """What the features of a cell are divided by: frozen facts of a testbed.

    Attributes:
        length: median final l2 of real, in activation units at the read hook.
        blocks: by block, the median distance of two residuals of real of different documents.
        fractions: of the path, ascending.
    """

    length: float
    blocks: tuple[float, float, float]
    fractions: tuple[float, ...] = SCORED

    def features(self, curves: Curves) -> Floats:
        """``[paths, 3 * fractions]``, a block after the other, each of unit size between prompts.

        Raises:
            ValueError: as ``curve_features``.
        """
        found = curve_features(curves, length=self.length, fractions=self.fractions)
        divided: Floats = found / np.array(self.blocks)[:, None]
        return divided.reshape(len(found), -1)
