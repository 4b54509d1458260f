"""Metrics: curves in, numbers out. One metric a file; what a file declares is in ``METRICS``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, cast

from synact_bench.core.declarations import declared
from synact_bench.metrics.base import (
    DeclaredMetric,
    Event,
    MetricSettings,
    PathMetric,
    PathValues,
    SetMetric,
)

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

METRICS: Mapping[str, Metric] = cast("Mapping[str, Metric]", declared(__name__, DeclaredMetric))
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
