"""Verdicts: what can be said of one published number or claim."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Literal

from synact_bench.scoring import Estimate

Side = Literal["below", "above"]


class Replication(str, Enum):
    """What is said; ``differs`` of numbers alone, the last two of claims."""

    REPLICATES = "replicates"
    DIFFERS = "differs"
    NOT_MEASURED = "not measured"
    DOES_NOT = "does not"
    UNTOLD = "cannot be told"


def of_claim(difference: Estimate | None, side: Side) -> Replication:
    """Whether a paired difference is below, or above, 0: its 95 % interval decides.

    Without an interval nothing can be told.
    """
    interval = None if difference is None else difference.interval
    if interval is None:
        return Replication.UNTOLD
    low, high = interval
    if side == "below":
        low, high = -high, -low
    if low > 0:
        return Replication.REPLICATES
    return Replication.DOES_NOT if high < 0 else Replication.UNTOLD


def of_finding(claims: Iterable[Replication]) -> Replication:
    """A finding holds if all of its claims do, and fails with any of them.

    Without a claim it is not measured.
    """
    found = set(claims)
    if not found:
        return Replication.NOT_MEASURED
    if found == {Replication.REPLICATES}:
        return Replication.REPLICATES
    return Replication.DOES_NOT if Replication.DOES_NOT in found else Replication.UNTOLD
