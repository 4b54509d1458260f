"""Samples: the numbers of one cell, and the distance between two cells' numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synact_bench.curves import Curves
from synact_bench.metrics import Metric, MetricSettings, PathMetric, PathValues
from synact_bench.metrics.base import Floats
from synact_bench.scoring.distances import wasserstein1


@dataclass(frozen=True, eq=False)
class Sample:
    """A cell's per-path numbers, after dropped pairs are removed.

    Attributes:
        bases: which base each path starts from: equal numbers pair the paths of two cells,
            ``[paths]``.
        documents: the document of each base, length ``paths``.
        values: one number per path, by metric name.
        log_kl: log10(kl + 1e-6) of every path, ``[paths, points]``, for ``kl_curve_gap``.
    """

    bases: NDArray[np.int64]
    documents: tuple[str, ...]
    values: Mapping[str, PathValues]
    log_kl: Floats

    def __post_init__(self) -> None:
        lengths = {"bases": len(self.bases), "documents": len(self.documents)}
        lengths |= {name: len(each) for name, each in self.values.items()}
        for name, length in lengths.items():
            if length != len(self.log_kl):
                raise ValueError(f"{name} has {length} paths, log_kl has {len(self.log_kl)}")

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

    def numbers(self, metric: Metric) -> Floats:
        """What a metric's distance is taken of: ``[paths, 1]``, or for a set metric its curves.

        Raises:
            ValueError: the sample was measured without it, or a value compared by its logarithm
                is not above 0.
        """
        if not isinstance(metric, PathMetric):
            return self.log_kl
        values = self.of(metric).values[:, None]
        if metric.compared == "values":
            return values
        if (values <= 0).any():
            raise ValueError(f"{metric.name} is compared by its logarithm and is not above 0")
        logarithms: Floats = np.log2(values)
        return logarithms

    def where(self, kept: NDArray[np.bool_]) -> Sample:
        """The paths marked in ``kept`` ``[paths]``."""
        return Sample(
            bases=self.bases[kept],
            documents=tuple(np.array(self.documents, dtype=object)[kept]),
            values={name: _taken(each, kept) for name, each in self.values.items()},
            log_kl=self.log_kl[kept],
        )

    def on(self, bases: NDArray[np.int64]) -> Sample:
        """The paths that start from ``bases``."""
        kept = np.isin(self.bases, bases)
        return self if kept.all() else self.where(kept)


def pooled(samples: Sequence[Sample]) -> Sample:
    """All paths of all samples; each base occurs once for every sample that has it.

    Raises:
        ValueError: there is no sample, or one lacks a metric that the first has.
    """
    if not samples:
        raise ValueError("nothing to pool")
    values = {
        name: PathValues(
            values=np.concatenate([each.values[name].values for each in samples]),
            censored=np.concatenate([each.values[name].censored for each in samples]),
        )
        for name in _common(samples)
    }
    return Sample(
        bases=np.concatenate([each.bases for each in samples]),
        documents=tuple(name for each in samples for name in each.documents),
        values=values,
        log_kl=np.concatenate([each.log_kl for each in samples]),
    )


def _common(samples: Sequence[Sample]) -> list[str]:
    first, *others = samples
    for each in others:
        if each.values.keys() != first.values.keys():
            odd = ", ".join(sorted(each.values.keys() ^ first.values.keys()))
            raise ValueError(f"samples to pool differ in their metrics: {odd}")
    return list(first.values)


def _taken(values: PathValues, kept: NDArray[np.bool_]) -> PathValues:
    return PathValues(values=values.values[kept], censored=values.censored[kept])


def measure(
    curves: Curves, *, metrics: Mapping[str, Metric], settings: MetricSettings
) -> Mapping[str, PathValues]:
    """The per-path numbers of ``metrics`` on a cell's curves, by name.

    Raises:
        ValueError: the curves are not finite.
    """
    return {
        name: metric.compute(curves, settings)
        for name, metric in metrics.items()
        if isinstance(metric, PathMetric)
    }


def sample_distance(metric: Metric, first: Sample, second: Sample) -> float | None:
    """Distance between two samples by one metric; None where either has no defined number.

    Wasserstein-1 of the per-path numbers, or of their logarithms where the metric says so,
    censored ones at their declared value; for a set metric, the metric itself.
    """
    if isinstance(metric, PathMetric):
        return wasserstein1(first.numbers(metric)[:, 0], second.numbers(metric)[:, 0])
    if not len(first) or not len(second):
        return None
    return metric.compute(first.log_kl, second.log_kl)
