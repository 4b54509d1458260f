"""AP step: the plateau width of the paper, on its own scale."""

from __future__ import annotations

import numpy as np

from synact_bench.core.curves import Curves
from synact_bench.metrics.base import (
    STEPS,
    Direction,
    MetricSettings,
    PathMetric,
    PathValues,
    l2_curves,
)
from synact_bench.metrics.positions import first_crossing
from synact_bench.metrics.tolerance import Tolerance
from synact_bench.paths.straight import ABSOLUTE

THRESHOLD = 20.0
"""l2 that ends the plateau, in activation units of GPT2-small's last layer."""

UNIT = 0.5
"""Activation units in one step of the paper's absolute path."""


def ap_step(curves: Curves, settings: MetricSettings) -> PathValues:
    """First n, interpolated, at which l2 reaches 20 on the absolute path.

    Unit: steps of 0.5 activation units, 0 to 100; higher is a longer plateau. The paper's path
    ends at step 100, so a path that has not reached 20 by then (or by its own end, if shorter)
    has 100 and is censored. Never undefined. Source: arXiv 2409.15019, for GPT2-small; the fixed
    threshold means nothing on another model, and the paper's whole numbers are these rounded up.
    """
    crossing = first_crossing(curves.fractions, l2_curves(curves), THRESHOLD, inclusive=True)
    steps = crossing * settings.absolute_length / UNIT
    never = ~(steps <= STEPS)
    return PathValues(np.where(never, STEPS, steps), never)


AP_STEP = PathMetric(
    name="ap_step",
    version="1",
    unit="steps of 0.5 activation units",
    status="paper",
    experiments=frozenset({"plateau"}),
    definition="first n at which l2 reaches 20 on the absolute path; 100 (censored) when never",
    compute=ap_step,
    paths=frozenset({ABSOLUTE.name}),
    bounds="0 to 100",
    direction=Direction("longer plateau"),
    tolerance=Tolerance(absolute=0.02, outliers=True),
    order=90,
)
