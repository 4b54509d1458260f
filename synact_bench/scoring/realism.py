"""Realism: how near to real, on a scale from the Gaussian control to real, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from synact_bench.scoring.estimate import Estimate, mean, median


@dataclass(frozen=True, eq=False)
class Realism:
    """A number, or the reason why there is none: exactly one of the two.

    Attributes:
        estimate: 1 as close to real as real is to itself, 0 as far as the Gaussian control,
            negative farther than that.
        reason: why it does not exist.
        applicable: False where no row can have it, because the metric does not tell even the
            Gaussian control from real on this testbed: means are then taken without it.
    """

    estimate: Estimate | None
    reason: str | None = None
    applicable: bool = True

    def __post_init__(self) -> None:
        if (self.estimate is None) == (self.reason is None):
            raise ValueError(f"realism {self.estimate} with reason {self.reason!r}: give one")
        if self.estimate is not None and not self.applicable:
            raise ValueError("a realism that is not applicable has no number")

    @property
    def value(self) -> float | None:
        """The number alone."""
        return None if self.estimate is None else self.estimate.value


def mean_realism(parts: Mapping[str, Realism]) -> Realism:
    """Plain mean of the named parts that are applicable.

    Without one of these there is none, and the reason names it.
    """
    return _together(parts, mean)


def median_realism(parts: Mapping[str, Realism]) -> Realism:
    """Median of the named parts that are applicable, otherwise as ``mean_realism``.

    Realism has no lower bound: in a mean, one part far below 0 outweighs all others.
    """
    return _together(parts, median)


def _together(
    parts: Mapping[str, Realism], summary: Callable[[Sequence[Estimate]], Estimate]
) -> Realism:
    if not parts:
        return Realism(None, "nothing to average")
    applicable = {name: part for name, part in parts.items() if part.applicable}
    if not applicable:
        return Realism(None, _named(parts), applicable=False)
    known = [part.estimate for part in applicable.values() if part.estimate is not None]
    if len(known) < len(applicable):
        return Realism(None, _named({n: p for n, p in applicable.items() if p.estimate is None}))
    return Realism(summary(known))


def _named(parts: Mapping[str, Realism]) -> str:
    return "; ".join(f"{name}: {part.reason}" for name, part in parts.items())
