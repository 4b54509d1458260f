"""Tolerance of what a baseline holds: declared by the metric, or that of all others."""

from __future__ import annotations

from synact_bench.metrics import METRICS
from synact_bench.metrics.tolerance import CONTINUOUS, Tolerance

DISTANCE = Tolerance(absolute=1e-9, relative=1e-5)
"""For a distance that is computed again from the same numbers: it was kept to six digits."""


def tolerance(metric: str) -> Tolerance:
    """The rule for a metric, by its name; of one that is not known any more, the usual one."""
    return METRICS[metric].tolerance if metric in METRICS else CONTINUOUS
