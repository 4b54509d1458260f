"""Samples: the numbers of one cell, and the distance between two cells' numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synact_bench.curves import Curves
from synact_bench.metrics import Metric, MetricSettings, PathMetric, PathValues
from synact_bench.metrics.base import Floats
from synact_bench.metrics.kl_curve_gap import log_kl
from synact_bench.scoring.distances import wasserstein1


@dataclass(frozen=True, eq=False)
class Sample:
    """A cell's per-path numbers, after dropped pairs are removed.

    Attributes:
        values: one number per path, by metric name.
        log_kl: log10(kl + 1e-6) of every path, ``[paths, points]``, for ``kl_curve_gap``.
    """

    values: Mapping[str, PathValues]
    log_kl: Floats

    def __post_init__(self) -> None:
        for name, each in self.values.items():
            if len(each) != len(self.log_kl):
                raise ValueError(f"{name} has {len(each)} paths, log_kl has {len(self.log_kl)}")

    def __len__(self) -> int:
        return len(self.log_kl)

    def of(self, metric: Metric) -> PathValues:
        """The numbers of one metric.

        Raises:
            ValueError: the sample was measured without it.
        """
        if metric.name not in self.values:
            raise ValueError(
                f"the sample has no {metric.name}; it has {', '.join(self.values) or 'no metric'}"
            )
        return self.values[metric.name]


def measure(curves: Curves, *, metrics: Mapping[str, Metric], settings: MetricSettings) -> Sample:
    """The numbers of ``metrics`` on a cell's curves.

    Raises:
        ValueError: the curves are not finite.
    """
    values = {
        name: metric.compute(curves, settings)
        for name, metric in metrics.items()
        if isinstance(metric, PathMetric)
    }
    return Sample(values=values, log_kl=log_kl(curves))


def sample_distance(metric: Metric, first: Sample, second: Sample) -> float | None:
    """Distance between two samples by one metric; None where either has no defined number.

    Wasserstein-1 of the per-path numbers, censored ones at their declared value; for a set
    metric, the metric itself.
    """
    if isinstance(metric, PathMetric):
        return wasserstein1(first.of(metric).values, second.of(metric).values)
    if not len(first) or not len(second):
        return None
    return metric.compute(first.log_kl, second.log_kl)
