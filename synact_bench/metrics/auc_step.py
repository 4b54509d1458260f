"""AUC step: where a curve is most bent below the straight line to its point."""

from __future__ import annotations

import numpy as np

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
from synact_bench.metrics.positions import TIE, first_largest
from synact_bench.metrics.tolerance import ON_GRID

FIRST = 0.05
"""Fraction from which the maximum is looked for: step 5 of 100."""


def auc_step(curves: Curves, _settings: MetricSettings) -> PathValues:
    """The n that maximises triangle over area, from step 5 on, the first on ties.

    The triangle has corners (0, 0), (n, 0), (n, l2(n)); the area is that under l2 up to n, by the
    trapezoid rule. Unit: steps (percent of the path), 5 to 100, always a point of the grid;
    higher is later. Source: "AUC step" of arXiv 2409.15019. Undefined (censored) where l2 is 0
    at every such point.
    """
    l2, fractions = l2_curves(curves), curves.fractions
    slabs = (l2[:, 1:] + l2[:, :-1]) / 2 * np.diff(fractions)
    area = np.cumsum(slabs, axis=1)
    triangle = fractions[1:] * l2[:, 1:] / 2
    ratio = np.divide(triangle, area, out=np.zeros_like(area), where=area > 0)
    late = fractions[1:] >= FIRST - TIE
    ratio, position = ratio[:, late], fractions[1:][late]
    best = position[first_largest(ratio)]
    return event_values(np.where(ratio.max(axis=1) > 0, STEPS * best, np.nan))


AUC_STEP = PathMetric(
    name="auc_step",
    version="1",
    unit="steps",
    status="secondary",
    experiments=frozenset({"sensitivity"}),
    definition="n that maximises triangle (0,0),(n,0),(n,l2(n)) over the area under l2 to n",
    compute=auc_step,
    bounds="5 to 100",
    direction=Direction("later step"),
    tolerance=ON_GRID,
    order=60,
)
