"""Near duplicates: does a row lie next to a stored activation?"""

from __future__ import annotations

from synact_bench.metrics.base import Floats
from synact_bench.similarity.rule import CloseRule, Seen


def nearest(seen: Seen) -> Floats:
    """Distance of each row from the nearest train activation, ``[n]``."""
    return seen.view.nearest[0]


NEAR_DUPLICATE = CloseRule(
    name="near-duplicate",
    measured="distance from the nearest train activation",
    measure=nearest,
    order=10,
)
