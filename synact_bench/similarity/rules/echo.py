"""Echoes: does a conditioned generator hand back what it was shown?"""

from __future__ import annotations

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.similarity.pool import lengths
from synact_bench.similarity.rule import CloseRule, Seen
from synact_bench.similarity.rules.near_duplicate import NEAR_DUPLICATE


def distance(seen: Seen) -> Floats | None:
    """Distance of each row from the activation that the generator was shown for it, ``[n]``."""
    if seen.shown is None:
        return None
    return lengths(seen.view.points.astype(np.float64) - seen.shown)


ECHO = CloseRule(
    name="echo",
    measured="distance from the activation that the generator was shown",
    measure=distance,
    like=NEAR_DUPLICATE.name,
    conditioned=True,
    order=70,
)
