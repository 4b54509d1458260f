"""Recovered: what share of a cost is saved by what stands in for the most costly replacement."""

from __future__ import annotations

import numpy as np

from synact_bench.scoring.estimate import Estimate


def recovered(cost: Estimate, worst: Estimate) -> Estimate | None:
    """1 - cost / worst, replicate by replicate: 1 costs nothing, 0 as much as the worst.

    It has no upper bound but 1 where no cost is negative, and none below. Replicates in which the
    worst costs nothing are NaN.

    Args:
        cost: mean over paths.
        worst: mean over the same paths, of the same resampling.

    Returns:
        None where the worst costs nothing, so that nothing can be recovered.
    """
    if worst.value <= 0:
        return None
    paired = len(cost.replicates) == len(worst.replicates)
    whole = np.where(worst.replicates > 0, worst.replicates, np.nan)
    replicates = 1 - cost.replicates / whole if paired else np.empty(0)
    return Estimate(1 - cost.value / worst.value, replicates)
