"""Scores: everything said about one row's numbers for one metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synact_bench.metrics import METRICS, Metric, PathMetric
from synact_bench.metrics.base import Floats
from synact_bench.scoring.distances import kolmogorov_smirnov
from synact_bench.scoring.floor import noise_floor
from synact_bench.scoring.realism import realism
from synact_bench.scoring.sample import Sample, sample_distance


@dataclass(frozen=True)
class MetricScore:
    """One metric of one cell, compared with real.

    Attributes:
        metric: name of the metric.
        n: paths in the row.
        mean: mean of the defined values; None without any, and for metrics of sets.
        sd: their sample standard deviation; None below two, and for metrics of sets.
        censored_share: share of paths without the event the metric looks for; None without paths,
            and for metrics of sets.
        undefined_share: share of paths without a value (these are censored too); None likewise.
        ks: Kolmogorov-Smirnov distance from the reference; None likewise.
        distance: distance of the row from the reference.
        d_gaussian: distance of the Gaussian control from the reference.
        d_floor: distance of another real draw from the reference.
        realism: ``(d_gaussian - distance) / (d_gaussian - d_floor)``, or None.
        reason: why there is no realism.
    """

    metric: str
    n: int
    mean: float | None
    sd: float | None
    censored_share: float | None
    undefined_share: float | None
    ks: float | None
    distance: float | None
    d_gaussian: float | None
    d_floor: float | None
    realism: float | None
    reason: str | None


def score(
    row: Sample,
    *,
    reference: Sample,
    floor_draw: Sample,
    gaussian: Sample,
    metrics: Mapping[str, Metric] = METRICS,
) -> dict[str, MetricScore]:
    """Compare a row with real, metric by metric.

    Args:
        row: the numbers to score.
        reference: those of real activations.
        floor_draw: those of another draw of real activations for the same bases.
        gaussian: those of the Gaussian control.
        metrics: what to compare; every sample must have been measured with them.

    Raises:
        ValueError: a sample lacks a metric.
    """
    return {
        name: _score_metric(metric, row, reference, floor_draw, gaussian)
        for name, metric in metrics.items()
    }


def _score_metric(
    metric: Metric, row: Sample, reference: Sample, floor_draw: Sample, gaussian: Sample
) -> MetricScore:
    distance = sample_distance(metric, reference, row)
    d_gaussian = sample_distance(metric, reference, gaussian)
    d_floor = noise_floor(metric, reference, [floor_draw])
    result = realism(distance, d_gaussian=d_gaussian, d_floor=d_floor)
    mean = sd = censored_share = undefined_share = ks = None
    if isinstance(metric, PathMetric):
        mine = row.of(metric)
        mean, sd = _moments(mine.defined)
        if len(mine):
            censored_share = float(mine.censored.mean())
            undefined_share = 1 - len(mine.defined) / len(mine)
        ks = kolmogorov_smirnov(mine.values, reference.of(metric).values)
    return MetricScore(
        metric=metric.name,
        n=len(row),
        mean=mean,
        sd=sd,
        censored_share=censored_share,
        undefined_share=undefined_share,
        ks=ks,
        distance=distance,
        d_gaussian=d_gaussian,
        d_floor=d_floor,
        realism=result.value,
        reason=result.reason,
    )


def _moments(values: Floats) -> tuple[float | None, float | None]:
    mean = float(values.mean()) if len(values) else None
    sd = float(values.std(ddof=1)) if len(values) > 1 else None
    return mean, sd
