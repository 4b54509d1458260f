"""KL curve gap: how far apart two sets of kl curves are."""

from __future__ import annotations

import numpy as np

from synact_bench.core.curves import Curves
from synact_bench.metrics.base import Direction, Floats, MetricSettings, SetMetric, kl_curves
from synact_bench.metrics.tolerance import Tolerance

OFFSET = 1e-6
"""Nats added before the logarithm: below it, kl is rounding."""


def log_kl(curves: Curves, _settings: MetricSettings) -> Floats:
    """``log10(kl + 1e-6)`` of every curve, ``[paths, points]``; -6 where nothing has changed.

    Unit: decades of kl. Two sets are as far apart as their distributions at a point are, by
    Wasserstein-1, in the mean over points: 0 for identical sets, higher is farther.
    """
    return np.log10(kl_curves(curves) + OFFSET)


KL_CURVE_GAP = SetMetric(
    name="kl_curve_gap",
    version="1",
    unit="decades",
    status="headline",
    experiments=frozenset({"plateau", "sensitivity"}),
    definition="Wasserstein-1 distance between two sets of log10(kl + 1e-6), mean over points",
    ingredient=log_kl,
    bounds="at least 0",
    direction=Direction(
        "two sets farther apart", noun="kl curves", below="off", above="off", otherwise="off"
    ),
    # Of a path, the mean over its points of the difference of log10(kl + 1e-6).
    tolerance=Tolerance(absolute=0.005, outliers=True),
    curve="kl",
    order=40,
)
