"""Rise width: how long the step takes."""

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
from synact_bench.metrics.positions import first_crossing
from synact_bench.metrics.tolerance import CROSSING


def rise_width(curves: Curves, _settings: MetricSettings) -> PathValues:
    """Fraction of the path between the first 10 % and the first 90 % crossing of l2(N).

    Unit: fraction of the path, 0 to 1, interpolated; 0.8 for a straight line, lower is a sharper
    step. Only the first crossing of each level counts, so a curve that overshoots or falls back
    is measured on its first rise. Undefined (censored) where the last l2 is 0.
    """
    l2 = l2_curves(curves)
    last = l2[:, -1]
    early = first_crossing(curves.fractions, l2, 0.1 * last, inclusive=True)
    late = first_crossing(curves.fractions, l2, 0.9 * last, inclusive=True)
    return event_values(np.where(last > 0, late - early, np.nan))


RISE_WIDTH = PathMetric(
    name="rise_width",
    version="1",
    unit="fraction of the path",
    status="secondary",
    experiments=frozenset({"sensitivity"}),
    definition="fraction of the path between the first 10 % and first 90 % crossings of l2(N)",
    compute=rise_width,
    bounds="0 to 1",
    direction=Direction("longer, softer step"),
    tolerance=CROSSING,
    order=80,
)
