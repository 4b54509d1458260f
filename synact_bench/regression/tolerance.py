"""Tolerance: how far two measurements of one thing may differ on two machines.

Processors order float32 sums differently. What that changed of each metric, between two instruction
sets, is in docs/regression.md; each rule here leaves room for at least ten times as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics.base import Floats


@dataclass(frozen=True)
class Tolerance:
    """When a path counts as unchanged, and how many need not be.

    Attributes:
        absolute: difference that is none, in the metric's unit.
        relative: the same as a share of the number that was there before.
        strays: whether single paths may differ by anything. For metrics that are points of a grid,
            or first crossings: where two points are almost tied, rounding decides.
    """

    absolute: float
    relative: float = 0.0
    strays: bool = False

    def outside(self, before: Floats, after: Floats) -> NDArray[np.bool_]:
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
        return min(paths // 8, max(1, paths // 100)) if self.strays else 0


CONTINUOUS = Tolerance(absolute=1e-6, relative=0.002)
"""For metrics without a rule of their own."""
DISTANCE = Tolerance(absolute=1e-9, relative=1e-5)
"""For a distance that is computed again from the same numbers: it was kept to six digits."""
_GRID = Tolerance(absolute=0.01, strays=True)
_POSITION = Tolerance(absolute=0.0005, strays=True)

TOLERANCES: Mapping[str, Tolerance] = MappingProxyType(
    {
        "plateau_width": _POSITION,
        "step_sharpness": Tolerance(absolute=1e-6, relative=0.002, strays=True),
        "max_slope_step": _GRID,
        "kl_max_slope_step": _GRID,
        "auc_step": _GRID,
        "nonlinearity_step": Tolerance(absolute=0.1, strays=True),
        "rise_width": _POSITION,
        "ap_step": Tolerance(absolute=0.02, strays=True),
        "kl_curve_gap": Tolerance(absolute=0.005, strays=True),
    }
)
"""By metric. For ``kl_curve_gap`` a path's number is the mean over its points of the difference of
log10(kl + 1e-6)."""


def tolerance(metric: str) -> Tolerance:
    """The rule for a metric, by its name."""
    return TOLERANCES.get(metric, CONTINUOUS)
