"""Maximum-slope step: where on the path the last layer changes most."""

from __future__ import annotations

from synact_bench.core.curves import Curves
from synact_bench.metrics.base import (
    STEPS,
    Direction,
    MetricSettings,
    PathMetric,
    PathValues,
    event_values,
    l2_curves,
)
from synact_bench.metrics.positions import steepest_midpoint
from synact_bench.metrics.tolerance import ON_GRID


def max_slope_step(curves: Curves, _settings: MetricSettings) -> PathValues:
    """Middle of the interval on which l2 rises most steeply, the first on ties.

    Unit: steps (percent of the path), 0 to 100; higher is later. Source: "MS step" of arXiv
    2409.15019, which counts the same position on a grid of 101 points. Undefined (censored) where
    l2 never rises.
    """
    return event_values(STEPS * steepest_midpoint(curves.fractions, l2_curves(curves)))


MAX_SLOPE_STEP = PathMetric(
    name="max_slope_step",
    version="1",
    unit="steps",
    status="headline",
    experiments=frozenset({"sensitivity"}),
    definition="middle of the interval on which l2 rises most steeply",
    compute=max_slope_step,
    event="steepest interval",
    bounds="0 to 100",
    direction=Direction("later step", noun="step", below="too early", above="too late"),
    tolerance=ON_GRID,
    order=30,
)
