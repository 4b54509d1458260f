"""Realism: how near to real, on a scale from Gaussian samples to real, or why there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from synact_bench.scoring.estimate import Estimate, median

Name = TypeVar("Name")


@dataclass(frozen=True, eq=False)
class Realism:
    """A number, or the reason why there is none: exactly one of the two.

    Attributes:
        estimate: 1 as close to real as real is to itself, 0 as far as Gaussian samples, negative
            farther than that.
        reason: why it does not exist.
    """

    estimate: Estimate | None
    reason: str | None = None

    def __post_init__(self) -> None:
        if (self.estimate is None) == (self.reason is None):
            raise ValueError(f"realism {self.estimate} with reason {self.reason!r}: give one")

    @property
    def value(self) -> float | None:
        """The number alone."""
        return None if self.estimate is None else self.estimate.value

    @property
    def behind(self) -> float:
        """What sorts by falling value, those without one last."""
        return math.inf if self.estimate is None else -self.estimate.value

    def condensed(self) -> Realism:
        """The same without replicates."""
        return self if self.estimate is None else Realism(self.estimate.condensed())


def known(realisms: Mapping[Name, Realism]) -> dict[Name, Estimate]:
    """The estimates of those that have one."""
    return {key: each.estimate for key, each in realisms.items() if each.estimate is not None}


def median_realism(parts: Mapping[str, Realism]) -> Realism:
    """Median of the named parts; without one of these there is none, and the reason names it.

    Realism has no lower bound: in a mean, one part far below 0 outweighs all others.
    """
    found = known(parts)
    if len(found) < len(parts):
        lacking = {name: part.reason for name, part in parts.items() if part.estimate is None}
        return Realism(None, "; ".join(f"{name}: {reason}" for name, reason in lacking.items()))
    return Realism(median([*found.values()])) if found else Realism(None, "there is no part")
