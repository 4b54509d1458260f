"""Tolerance: how far two measurements of one number may differ on two machines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Tolerance:
    """When a path counts as unchanged, and how many need not be.

    Processors order float32 sums differently. What that changed of each metric, between two
    instruction sets, is in docs/regression.md; each tolerance leaves room for at least ten times as
    much.

    Attributes:
        absolute: difference that is none, in the metric's unit.
        relative: the same as a share of the number that was there before.
        outliers: whether single paths may differ by anything. For metrics that are points of a
            grid, or first crossings: where two points are almost tied, rounding decides.
    """

    absolute: float
    relative: float = 0.0
    outliers: bool = False

    def outside(self, before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Paths that changed, ``[paths]``; one that is undefined in one of both has."""
        undefined = np.isnan(before), np.isnan(after)
        gap = np.abs(np.nan_to_num(after) - np.nan_to_num(before))
        far = gap > self.absolute + self.relative * np.abs(np.nan_to_num(before))
        changed: NDArray[np.bool_] = far | (undefined[0] != undefined[1])
        return changed

    def allowed(self, paths: int) -> int:
        """How many of so many paths may have changed, in a cell, in a row or in all rows.

        One in a hundred; of less than a hundred one, of less than eight none.
        """
        return min(paths // 8, max(1, paths // 100)) if self.outliers else 0


CONTINUOUS = Tolerance(absolute=1e-6, relative=0.002)
"""For numbers that follow the curve without a jump: that of a metric that declares no other."""
ON_GRID = Tolerance(absolute=0.01, outliers=True)
"""For points of the grid, in steps: the same point."""
CROSSING = Tolerance(absolute=0.0005, outliers=True)
"""For a first crossing, as a fraction of the path."""
