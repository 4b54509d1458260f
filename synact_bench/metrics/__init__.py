"""Metrics: curves in, numbers out. One metric a file, one row each in ``METRICS``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from synact_bench.metrics.ap_step import AP_STEP
from synact_bench.metrics.auc_step import AUC_STEP
from synact_bench.metrics.base import Event, MetricSettings, PathMetric, PathValues, SetMetric
from synact_bench.metrics.kl_curve_gap import KL_CURVE_GAP
from synact_bench.metrics.kl_max_slope_step import KL_MAX_SLOPE_STEP
from synact_bench.metrics.max_slope_step import MAX_SLOPE_STEP
from synact_bench.metrics.nonlinearity_step import NONLINEARITY_STEP
from synact_bench.metrics.plateau_width import PLATEAU_WIDTH
from synact_bench.metrics.rise_width import RISE_WIDTH
from synact_bench.metrics.step_sharpness import STEP_SHARPNESS

__all__ = [
    "METRICS",
    "Event",
    "Metric",
    "MetricSettings",
    "PathMetric",
    "PathValues",
    "SetMetric",
    "events_of",
    "metrics_for",
]

Metric: TypeAlias = PathMetric | SetMetric

METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            PLATEAU_WIDTH,
            STEP_SHARPNESS,
            MAX_SLOPE_STEP,
            KL_CURVE_GAP,
            KL_MAX_SLOPE_STEP,
            AUC_STEP,
            NONLINEARITY_STEP,
            RISE_WIDTH,
            AP_STEP,
        )
    }
)
"""Every metric by name, headline metrics first."""


def metrics_for(experiment: str, path: str) -> dict[str, Metric]:
    """The metrics defined for ``experiment`` on ``path``, by name, in the order of ``METRICS``."""
    return {name: each for name, each in METRICS.items() if each.applies(experiment, path)}


def events_of(experiment: str, path: str) -> tuple[Event, ...]:
    """What the points of ``experiment`` on ``path`` must be chosen for: the declared events.

    Of every metric of single paths that is defined there, sorted.
    """
    metrics = metrics_for(experiment, path).values()
    events = {each.event for each in metrics if isinstance(each, PathMetric) and each.event}
    return tuple(sorted(events))
