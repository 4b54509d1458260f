"""Scores: everything said about one row's numbers for one metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from synact_bench.metrics import METRICS, Metric, PathMetric
from synact_bench.metrics.base import Floats
from synact_bench.scoring.distances import kolmogorov_smirnov
from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.floor import NoiseFloor
from synact_bench.scoring.resampling import DocumentRows, Resampling, replicated
from synact_bench.scoring.sample import Sample, sample_distance


@dataclass(frozen=True, eq=False)
class MetricScore:
    """One metric of one cell, compared with real.

    Attributes:
        metric: name of the metric.
        n: paths in the row.
        mean: mean of the defined values; None without any, and for metrics of sets.
        sd: their sample standard deviation; None below two, and for metrics of sets.
        real_mean: mean of real on the same bases; None likewise.
        censored_share: share of paths without the event the metric looks for; None without paths,
            and for metrics of sets.
        undefined_share: share of paths without a value (these are censored too); None likewise.
        ks: Kolmogorov-Smirnov distance from real; None likewise.
        distance: Wasserstein-1 distance from real, in the metric's unit (of base-2 logarithms where
            the metric is compared by them), lower is better; None where there is none. Without
            replicates where its documents are too few to decide anything.
        d_floor: median distance of real from real.
        d_floor_upper: its 95th percentile; only a row below it is indistinguishable from real.
        percentile: share of the floor below the row's distance, 0 to 100.
    """

    metric: str
    n: int
    mean: float | None
    sd: float | None
    real_mean: float | None
    censored_share: float | None
    undefined_share: float | None
    ks: float | None
    distance: Estimate | None
    d_floor: float | None
    d_floor_upper: float | None
    percentile: float | None
    derived: ClassVar[tuple[str, ...]] = ("indistinguishable",)

    @property
    def enough(self) -> bool:
        """Whether its distance comes from enough documents to decide anything."""
        return self.distance is not None and self.distance.resampled

    def condensed(self) -> MetricScore:
        """The same without replicates."""
        return self if self.distance is None else replace(self, distance=self.distance.condensed())

    @property
    def indistinguishable(self) -> bool | None:
        """Whether the row is no farther from real than 95 % of draws of real are.

        None where there is no distance or floor, or too few documents to say so.
        """
        if self.distance is None or self.d_floor_upper is None or not self.enough:
            return None
        return self.distance.value < self.d_floor_upper


def estimated(
    metric: Metric, reference: Sample, row: Sample, resampling: Resampling
) -> Estimate | None:
    """Distance of a row from the reference, with its replicates; None where there is none.

    Where either has numbers of fewer than 20 documents the distance has no replicates.
    """
    value = sample_distance(metric, reference, row)
    if value is None:
        return None
    first, second = (
        DocumentRows(each.numbers(metric), resampling.of(each.documents))
        for each in (reference, row)
    )
    return Estimate(value, replicated(first, second, resampling, value))


def score(
    row: Sample,
    *,
    reference: Sample,
    floors: Mapping[str, NoiseFloor | None],
    resampling: Resampling,
    metrics: Mapping[str, Metric] = METRICS,
) -> dict[str, MetricScore]:
    """Compare a row with real (``reference``), metric by metric; all are on the row's bases.

    Raises:
        ValueError: a sample lacks a metric.
    """
    return {
        name: _score_metric(metric, row, reference, floors[name], resampling)
        for name, metric in metrics.items()
    }


def _score_metric(
    metric: Metric,
    row: Sample,
    reference: Sample,
    floor: NoiseFloor | None,
    resampling: Resampling,
) -> MetricScore:
    distance = estimated(metric, reference, row, resampling)
    mean = sd = real_mean = censored_share = undefined_share = ks = None
    if isinstance(metric, PathMetric):
        mine, real = row.of(metric), reference.of(metric)
        mean, sd = _moments(mine.defined)
        real_mean = _moments(real.defined)[0]
        if len(mine):
            censored_share = float(mine.censored.mean())
            undefined_share = 1 - len(mine.defined) / len(mine)
        ks = kolmogorov_smirnov(mine.values, real.values)
    return MetricScore(
        metric=metric.name,
        n=len(row),
        mean=mean,
        sd=sd,
        real_mean=real_mean,
        censored_share=censored_share,
        undefined_share=undefined_share,
        ks=ks,
        distance=distance,
        d_floor=floor.median if floor else None,
        d_floor_upper=floor.upper if floor else None,
        percentile=floor.percentile(distance.value) if floor and distance else None,
    )


def _moments(values: Floats) -> tuple[float | None, float | None]:
    mean = float(values.mean()) if len(values) else None
    sd = float(values.std(ddof=1)) if len(values) > 1 else None
    return mean, sd
