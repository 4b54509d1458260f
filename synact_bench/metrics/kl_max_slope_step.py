"""Maximum-slope step of kl: where on the path the prediction changes most."""

from __future__ import annotations

from synact_bench.core.curves import Curves
from synact_bench.metrics.base import (
    STEPS,
    Direction,
    MetricSettings,
    PathMetric,
    PathValues,
    event_values,
    kl_curves,
)
from synact_bench.metrics.positions import steepest_midpoint
from synact_bench.metrics.tolerance import ON_GRID


def kl_max_slope_step(curves: Curves, _settings: MetricSettings) -> PathValues:
    """Middle of the interval on which kl rises most steeply, the first on ties.

    Unit: steps (percent of the path), 0 to 100; higher is later. Source: "KL-MS step" of arXiv
    2409.15019, here with KL(p(0) || p(n)) throughout. Undefined (censored) where kl never rises.
    """
    return event_values(STEPS * steepest_midpoint(curves.fractions, kl_curves(curves)))


KL_MAX_SLOPE_STEP = PathMetric(
    name="kl_max_slope_step",
    version="1",
    unit="steps",
    status="secondary",
    experiments=frozenset({"sensitivity"}),
    definition="middle of the interval on which kl rises most steeply",
    compute=kl_max_slope_step,
    bounds="0 to 100",
    direction=Direction("later step"),
    tolerance=ON_GRID,
    curve="kl",
    order=50,
)
