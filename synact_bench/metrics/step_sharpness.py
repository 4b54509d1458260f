"""Step sharpness: how much of the change happens at once."""

from __future__ import annotations

import numpy as np

from synact_bench.core.curves import Curves
from synact_bench.metrics.base import (
    Direction,
    MetricSettings,
    PathMetric,
    PathValues,
    event_values,
    l2_curves,
)
from synact_bench.metrics.tolerance import Tolerance


def step_sharpness(curves: Curves, _settings: MetricSettings) -> PathValues:
    """Largest slope of l2 / l2(N) against the fraction of the path.

    Unit: none. A straight line from 0 has 1, a curve from 0 that rises to its end at least 1, and
    one jump on N intervals N: higher is sharper, and a finer grid can see sharper steps.
    Undefined (censored) where the last l2 is 0. Two samples are compared by their logarithms: a
    path that nearly returns to where it began divides by next to nothing.
    """
    l2 = l2_curves(curves)
    last = l2[:, -1]
    slope = (np.diff(l2, axis=1) / np.diff(curves.fractions)).max(axis=1)
    return event_values(np.divide(slope, last, out=np.full(len(l2), np.nan), where=last > 0))


STEP_SHARPNESS = PathMetric(
    name="step_sharpness",
    version="2",
    unit="slope relative to a straight line",
    status="headline",
    experiments=frozenset({"sensitivity"}),
    definition="largest slope of l2 / l2(N) against the fraction of the path; 1 for a line",
    compute=step_sharpness,
    event="steepest interval",
    compared="log2",
    presence=1.5,
    bounds="at least 0 (1 for a straight line)",
    direction=Direction(
        "sharper step",
        noun="step",
        below="too soft",
        above="too sharp",
        otherwise="as sharp but unevenly so",
    ),
    tolerance=Tolerance(absolute=1e-6, relative=0.002, outliers=True),
    order=20,
)
