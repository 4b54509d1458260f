"""KL curve gap: how far apart two sets of kl curves are."""

from __future__ import annotations

import numpy as np

from synact_bench.curves import Curves
from synact_bench.metrics.base import Floats, SetMetric, kl_curves

OFFSET = 1e-6
"""Nats added before the logarithm: below it, kl is rounding."""


def log_kl(curves: Curves) -> Floats:
    """``log10(kl + 1e-6)`` of every curve, ``[paths, points]``; -6 where nothing has changed."""
    return np.log10(kl_curves(curves) + OFFSET)


def kl_curve_gap(first: Floats, second: Floats) -> float:
    """Mean over points of the Wasserstein-1 distance between two sets of log-kl curves.

    At each point the two empirical distributions over paths are compared, each path weighing the
    same; the sets may differ in size. Unit: decades of kl; 0 for identical sets, symmetric,
    higher is farther.

    Args:
        first: ``[paths, points]`` from :func:`log_kl`.
        second: ``[other paths, points]``, on the same points.

    Raises:
        ValueError: a set has no path or a value that is not finite, or the points differ.
    """
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"{first.shape} and {second.shape} must be paths on the same points")
    if not len(first) or not len(second):
        raise ValueError("a set without paths has no distribution")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("log-kl curves are not finite")
    n, m = len(first), len(second)
    # Both quantile functions are constant between these edges, counted in 1 / (n m).
    edges = np.union1d(np.arange(n + 1) * m, np.arange(m + 1) * n)
    weight = np.diff(edges) / (n * m)
    left, right = np.sort(first, axis=0), np.sort(second, axis=0)
    gaps = np.abs(left[edges[:-1] // m] - right[edges[:-1] // n])
    return float((weight @ gaps).mean())


KL_CURVE_GAP = SetMetric(
    name="kl_curve_gap",
    version="1",
    unit="decades",
    status="headline",
    experiments=frozenset({"plateau", "sensitivity"}),
    definition="Wasserstein-1 distance between two sets of log10(kl + 1e-6), mean over points",
    ingredient=log_kl,
    compute=kl_curve_gap,
)
