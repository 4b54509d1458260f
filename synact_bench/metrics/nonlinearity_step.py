"""Nonlinearity step: where a curve leaves the straight line it began with."""

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
from synact_bench.metrics.positions import TIE, first_crossing
from synact_bench.metrics.tolerance import Tolerance

FITTED = 0.09
"""Fraction up to which the line is fitted: the first 10 points of a grid of 101."""

DEPARTURE = 0.1
"""Share of the line's own value by which l2 must leave it."""


def nonlinearity_step(curves: Curves, _settings: MetricSettings) -> PathValues:
    """First n, interpolated, at which l2 is more than 10 % away from its first line.

    Reading chosen: the line passes through the origin, its slope fitted by least squares to the
    points of the first 9 % of the path (the first 10 points of 101; never fewer than 2 points).
    l2 departs where ``|l2(n) - line(n)| > 0.1 line(n)``, above or below, and the departure is
    looked for from the last fitted point on. A curve that is 0 over the fitted points has the
    line 0, which it leaves as soon as it rises.

    Unit: steps (percent of the path), 0 to 100; higher is later. Source: "NL step" of arXiv
    2409.15019, whose text says 10 %; the authors' notebook used 20 %. Undefined (censored) where
    l2 never departs.
    """
    l2, fractions = l2_curves(curves), curves.fractions
    fitted = max(int((fractions <= FITTED + TIE).sum()), 2)
    early = fractions[:fitted]
    slope = l2[:, :fitted] @ early / (early @ early)
    line = slope[:, None] * fractions
    rest = slice(fitted - 1, None)
    above = first_crossing(fractions[rest], (l2 - (1 + DEPARTURE) * line)[:, rest], 0.0)
    below = first_crossing(fractions[rest], ((1 - DEPARTURE) * line - l2)[:, rest], 0.0)
    return event_values(STEPS * np.fmin(above, below))


NONLINEARITY_STEP = PathMetric(
    name="nonlinearity_step",
    version="1",
    unit="steps",
    status="secondary",
    experiments=frozenset({"sensitivity"}),
    definition="first n at which l2 is more than 10 % away from the line through its first 9 %",
    compute=nonlinearity_step,
    bounds="0 to 100",
    direction=Direction("longer straight beginning"),
    tolerance=Tolerance(absolute=0.1, outliers=True),
    order=70,
)
