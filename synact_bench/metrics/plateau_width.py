"""Plateau width: how far a base can be moved before the output changes."""

from __future__ import annotations

import numpy as np

from synact_bench.core.curves import Curves
from synact_bench.metrics.base import Direction, MetricSettings, PathMetric, PathValues, l2_curves
from synact_bench.metrics.positions import first_crossing
from synact_bench.metrics.tolerance import CROSSING


def plateau_width(curves: Curves, settings: MetricSettings) -> PathValues:
    """Fraction of the path at which l2 first exceeds tau, interpolated.

    Unit: fraction of the path, 0 to 1; wider is a longer plateau. A path that never exceeds tau
    has width 1 and is censored. Never undefined.
    """
    crossing = first_crossing(curves.fractions, l2_curves(curves), settings.tau)
    never = np.isnan(crossing)
    return PathValues(np.where(never, 1.0, crossing), never)


PLATEAU_WIDTH = PathMetric(
    name="plateau_width",
    version="1",
    unit="fraction of the path",
    status="headline",
    experiments=frozenset({"plateau"}),
    definition="fraction of the path at which l2 first exceeds tau; 1 (censored) when never",
    compute=plateau_width,
    event="crossing of tau",
    bounds="0 to 1",
    direction=Direction("longer plateau", noun="plateau", below="too narrow", above="too wide"),
    tolerance=CROSSING,
    order=10,
)
