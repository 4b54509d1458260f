"""Verdicts: what can be said of one published number or claim."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Literal

from synact_bench.scoring import Estimate

Side = Literal["below", "above"]


class Verdict(str, Enum):
    """What is said; ``differs`` of numbers alone, the last two of claims."""

    REPLICATES = "replicates"
    DIFFERS = "differs"
    NOT_MEASURED = "not measured"
    DOES_NOT = "does not"
    UNTOLD = "cannot be told"


def of_claim(difference: Estimate | None, side: Side) -> Verdict:
    """Whether a paired difference is below, or above, 0: its 95 % interval decides.

    Without an interval nothing can be told.
    """
    interval = None if difference is None else difference.interval
    if interval is None:
        return Verdict.UNTOLD
    low, high = interval
    if side == "below":
        low, high = -high, -low
    if low > 0:
        return Verdict.REPLICATES
    return Verdict.DOES_NOT if high < 0 else Verdict.UNTOLD


def of_finding(claims: Iterable[Verdict]) -> Verdict:
    """A finding holds if all of its claims do, and fails with any of them.

    Without a claim it is not measured.
    """
    found = set(claims)
    if not found:
        return Verdict.NOT_MEASURED
    if found == {Verdict.REPLICATES}:
        return Verdict.REPLICATES
    return Verdict.DOES_NOT if Verdict.DOES_NOT in found else Verdict.UNTOLD
