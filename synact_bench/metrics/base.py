"""What a metric is: a declared, versioned, pure function of curves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synact_bench.core.curves import Curves
from synact_bench.metrics.tolerance import CONTINUOUS, Tolerance

Floats = NDArray[np.float64]
Status = Literal["headline", "secondary", "paper"]
Event = Literal["steepest interval", "crossing of tau"]
Curve = Literal["l2", "kl"]

STEPS = 100.0
"""Steps in a path: positions in *steps* are percent of the path, whatever the grid."""


@dataclass(frozen=True, eq=False)
class PathValues:
    """One number per path.

    Attributes:
        values: ``[paths]`` float64; NaN where the metric is undefined.
        censored: ``[paths]`` bool; True where the event that the metric looks for did not occur.
            An undefined value is always censored. A censored value need not be undefined: some
            metrics declare the value of a path without the event.
    """

    values: Floats
    censored: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or self.values.shape != self.censored.shape:
            raise ValueError(
                f"values {self.values.shape} and censored {self.censored.shape} must be [paths]"
            )
        if np.isinf(self.values).any() or (np.isnan(self.values) & ~self.censored).any():
            raise ValueError("a value must be finite, or NaN and censored")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def defined(self) -> Floats:
        """The values that are not NaN, ``[at most paths]``."""
        return self.values[~np.isnan(self.values)]


@dataclass(frozen=True)
class MetricSettings:
    """Facts of a testbed that a metric may need.

    Attributes:
        tau: l2 that counts as having left the plateau, in activation units at the read hook.
        absolute_length: length of the absolute path, in activation units at the write hook.
    """

    tau: float
    absolute_length: float

    def __post_init__(self) -> None:
        for name, value in (("tau", self.tau), ("absolute_length", self.absolute_length)):
            if not (np.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be finite and above 0, not {value}")


@dataclass(frozen=True)
class Direction:
    """Which way a metric's numbers go, in words.

    Attributes:
        higher: what a higher number means, in the table of docs/metrics.md.
        noun: what it is a number of, where verdicts of rows speak of it: every headline metric's.
        below: what a row is whose mean is below that of real.
        above: if it is above.
        otherwise: if the mean is about right and the numbers are spread otherwise.
    """

    higher: str
    noun: str = ""
    below: str = ""
    above: str = ""
    otherwise: str = "spread otherwise"


@dataclass(frozen=True, kw_only=True)
class DeclaredMetric:
    """The facts of a metric, apart from how it is computed.

    One at the top level of a module of ``synact_bench/metrics/`` is in ``METRICS``.

    Attributes:
        name: how it is asked for.
        version: raised whenever its numbers change.
        unit: unit of its values.
        status: ``headline`` stands on the board, with its distance from real and a rank by it,
            ``secondary`` is reported below, ``paper`` exists only to compare with published
            figures.
        experiments: the experiments it is defined for.
        definition: one line for listings.
        paths: the paths it is defined on; None for all.
        bounds: what its numbers can be, in words.
        direction: which way they go.
        tolerance: how far two machines' may differ.
        curve: the one that it reads, and no other.
        order: where it stands in ``METRICS``; those that leave it out come last, by name.
    """

    name: str
    version: str
    unit: str
    status: Status
    experiments: frozenset[str]
    definition: str
    paths: frozenset[str] | None = None
    bounds: str = ""
    direction: Direction | None = None
    tolerance: Tolerance = CONTINUOUS
    curve: Curve = "l2"
    order: int = 1000

    @property
    def identity(self) -> str:
        """``name@version``: part of the identity of every number it makes."""
        return f"{self.name}@{self.version}"

    def applies(self, experiment: str, path: str) -> bool:
        """Whether the metric is defined for this experiment on this path."""
        return experiment in self.experiments and (self.paths is None or path in self.paths)


@dataclass(frozen=True, kw_only=True)
class PathMetric(DeclaredMetric):
    """A metric that gives each path its own number.

    Attributes:
        compute: curves and settings to one value per path. Raises ValueError on curves that are
            not finite.
        event: what on the l2 curve it depends on, so that a sweep may interpolate the rest; None
            if on the whole curve.
        compared: how two samples are compared: by their values, or by the base-2 logarithms of
            them, for ratios, whose few largest would otherwise decide a distance.
        presence: median over real paths below which there is no event for any metric to find, in
            the metric's unit; None for a metric that does not tell.
    """

    compute: Callable[[Curves, MetricSettings], PathValues]
    event: Event | None = None
    compared: Literal["values", "log2"] = "values"
    presence: float | None = None


@dataclass(frozen=True, kw_only=True)
class SetMetric(DeclaredMetric):
    """A metric that compares two sets of paths by several numbers of each.

    Its distance is the Wasserstein-1 distance between the sets' distributions of each number, in
    the mean over numbers (``scoring.distances.mean_wasserstein1``); noise floors and intervals are
    those of the same distance.

    Attributes:
        ingredient: curves and settings to the numbers of each path, ``[paths, columns]``, finite.
            Raises ValueError on curves that are not finite.
    """

    ingredient: Callable[[Curves, MetricSettings], Floats]


def l2_curves(curves: Curves) -> Floats:
    """The l2 curves in float64, ``[paths, points]``.

    Raises:
        ValueError: a value is negative or not finite, or the fractions do not rise from 0 to 1.
    """
    l2 = _checked(curves, curves.l2, "l2")
    if (l2 < 0).any():
        raise ValueError("l2 curves hold negative distances")
    return l2


def kl_curves(curves: Curves) -> Floats:
    """The kl curves in float64, ``[paths, points]``, with rounding below zero set to zero.

    Raises:
        ValueError: a value is not finite or is below -0.001 nats (no rounding explains that), or
            the fractions do not rise from 0 to 1.
    """
    kl = _checked(curves, curves.kl, "kl")
    if (kl < -1e-3).any():
        raise ValueError(f"kl curves hold negative divergences, down to {kl.min():.3g}")
    return np.maximum(kl, 0.0)


def _checked(curves: Curves, rows: NDArray[np.float32], name: str) -> Floats:
    fractions = curves.fractions
    if fractions[0] != 0 or fractions[-1] != 1 or not (np.diff(fractions) > 0).all():
        raise ValueError("fractions must rise from 0 to 1")
    if not np.isfinite(rows).all():
        bad = int((~np.isfinite(rows)).any(axis=1).sum())
        raise ValueError(f"{name} is not finite on {bad} of {len(rows)} paths")
    return rows.astype(np.float64)


def event_values(values: Floats) -> PathValues:
    """Values of a metric whose event may not occur: NaN means that it did not."""
    return PathValues(values, np.isnan(values))
