"""Realism: a distance from real, on a scale from the Gaussian control to the noise floor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Realism:
    """A number, or the reason why there is none: exactly one of the two.

    Attributes:
        value: 1 as close to real as real is to itself, 0 as far as the Gaussian control,
            negative farther than that. Above 1 for a row closer than the floor.
        reason: why the value does not exist.
    """

    value: float | None
    reason: str | None = None

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None):
            raise ValueError(f"realism {self.value} with reason {self.reason!r}: give one of them")
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"realism must be finite, not {self.value}")


def realism(distance: float | None, *, d_gaussian: float | None, d_floor: float | None) -> Realism:
    """``(d_gaussian - distance) / (d_gaussian - d_floor)``.

    The three are distances from the same real reference, by the same measure: of the row, of the
    Gaussian control, and of another draw of real activations. The measure is Wasserstein-1 for
    metrics with a number per path: Kolmogorov-Smirnov saturates at 1 once two samples no longer
    overlap, and below that ignores how far apart they are. ``kl_curve_gap`` is itself a distance.

    Not applicable where one of the three is missing, or where the Gaussian is no farther from
    real than the floor: the scale then has no length.

    Raises:
        ValueError: a distance is negative or not finite.
    """
    given = {"row": distance, "Gaussian control": d_gaussian, "noise floor": d_floor}
    for name, each in given.items():
        if each is not None and not (math.isfinite(each) and each >= 0):
            raise ValueError(f"the distance of the {name} is {each}")
    if distance is None or d_gaussian is None or d_floor is None:
        missing = ", ".join(name for name, each in given.items() if each is None)
        return Realism(None, f"no distance from real for: {missing}")
    if d_gaussian <= d_floor:
        return Realism(
            None,
            f"the Gaussian control ({d_gaussian:.4g}) is no farther from real than "
            f"the noise floor ({d_floor:.4g})",
        )
    value = (d_gaussian - distance) / (d_gaussian - d_floor)
    return Realism(value)


def mean_realism(parts: Mapping[str, Realism]) -> Realism:
    """Plain mean of named parts; without one of them there is none, and the reason names it."""
    if not parts:
        return Realism(None, "nothing to average")
    values = [part.value for part in parts.values() if part.value is not None]
    if len(values) < len(parts):
        lacking = (f"{name}: {part.reason}" for name, part in parts.items() if part.value is None)
        return Realism(None, "; ".join(lacking))
    return Realism(math.fsum(values) / len(values))
