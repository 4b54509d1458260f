"""Rescaling: does a row point where a stored activation points?"""

from __future__ import annotations

from synact_bench.metrics.base import Floats
from synact_bench.similarity.rule import CloseRule, Seen


def angle(seen: Seen) -> Floats:
    """Smallest angle of each row to a train activation, seen from the origin, ``[n]``, radians."""
    return seen.view.angle()


RESCALED = CloseRule(
    name="rescaled",
    measured="smallest angle to a train activation, from the origin",
    measure=angle,
    costly=True,
    order=60,
)
