"""Estimates: a number with what it would have been for other documents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from synact_bench.metrics.base import Floats

LEVEL = 0.95
"""Of every interval."""
NORMAL_SPAN = 2 * 1.959963984540054
"""Width, in standard deviations, of the middle 95 % of a normal distribution."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """A finite number and its replicates.

    Attributes:
        value: from the documents at hand.
        replicates: from resampled documents, ``[replicates]``; the same position of two estimates
            stands for the same documents, so that their difference is paired. Empty where there
            are too few documents to resample, and of one that is condensed; NaN where a replicate
            holds no path of the row.
        ends: the interval of one that is condensed; None where replicates tell it.
    """

    value: float
    replicates: Floats = field(default_factory=lambda: np.empty(0), repr=False)
    ends: tuple[float, float] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"an estimate must be finite, not {self.value}")

    @property
    def interval(self) -> tuple[float, float] | None:
        """The middle 95 % of the replicates, in the unit of the value; None without any."""
        if self.ends is not None:
            return self.ends
        if not len(self.replicates) or np.isnan(self.replicates).all():
            return None
        tail = (1 - LEVEL) / 2
        low, high = np.nanquantile(self.replicates, [tail, 1 - tail])
        return float(low), float(high)

    @property
    def resampled(self) -> bool:
        """Whether documents were resampled: there were enough of them."""
        return self.ends is not None or len(self.replicates) > 0

    def condensed(self) -> Estimate:
        """The same without its replicates: a few bytes, and no part in any further comparison."""
        found = self.interval
        return self if found is None else Estimate(self.value, ends=found)

    @property
    def standard_error(self) -> float | None:
        """Width of the interval over that of a standard normal's: no tail can blow it up."""
        found = self.interval
        return None if found is None else (found[1] - found[0]) / NORMAL_SPAN

    def __sub__(self, other: Estimate) -> Estimate:
        """Paired difference: it has replicates only where both have."""
        paired = len(self.replicates) == len(other.replicates)
        replicates = self.replicates - other.replicates if paired else np.empty(0)
        return Estimate(self.value - other.value, replicates)


def mean(parts: Sequence[Estimate]) -> Estimate:
    """Plain mean, replicate by replicate.

    Raises:
        ValueError: there is no part.
    """
    if not parts:
        raise ValueError("nothing to average")
    value = math.fsum(part.value for part in parts) / len(parts)
    if len({len(part.replicates) for part in parts}) > 1:
        return Estimate(value)
    return Estimate(value, np.mean([part.replicates for part in parts], axis=0))


def median(parts: Sequence[Estimate]) -> Estimate:
    """Median, replicate by replicate: no single part can decide it.

    Raises:
        ValueError: there is no part.
    """
    if not parts:
        raise ValueError("no part has a median")
    value = float(np.median([part.value for part in parts]))
    if len({len(part.replicates) for part in parts}) > 1:
        return Estimate(value)
    return Estimate(value, np.median([part.replicates for part in parts], axis=0))
