"""Samples: the numbers of one cell, and the distance between two cells' numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synact_bench.core.curves import Curves
from synact_bench.metrics import Metric, MetricSettings, PathMetric, PathValues, SetMetric
from synact_bench.metrics.base import Floats
from synact_bench.scoring.distances import mean_wasserstein1, wasserstein1


@dataclass(frozen=True, eq=False)
class Sample:
    """A cell's per-path numbers, after dropped pairs are removed.

    Attributes:
        bases: which base each path starts from: equal numbers pair the paths of two cells,
            ``[paths]``.
        documents: the document of each base, length ``paths``.
        values: one number per path, by name of the metric of single paths.
        rows: several numbers per path, by name of the metric of sets, each ``[paths, columns]``.
    """

    bases: NDArray[np.int64]
    documents: tuple[str, ...]
    values: Mapping[str, PathValues]
    rows: Mapping[str, Floats]

    def __post_init__(self) -> None:
        lengths = {"documents": len(self.documents)}
        lengths |= {name: len(each) for name, each in self.values.items()}
        lengths |= {name: len(each) for name, each in self.rows.items()}
        for name, length in lengths.items():
            if length != len(self.bases):
                raise ValueError(f"{name} has {length} paths, bases has {len(self.bases)}")

    def __len__(self) -> int:
        return len(self.bases)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics it has numbers of."""
        return (*self.values, *self.rows)

    def of(self, metric: PathMetric) -> PathValues:
        """The numbers of one metric of single paths.

        Raises:
            ValueError: the sample was measured without it.
        """
        if metric.name not in self.values:
            raise self._lacking(metric)
        return self.values[metric.name]

    def numbers(self, metric: Metric) -> Floats:
        """What a metric's distance is taken of: ``[paths, 1]``, or its rows for one of sets.

        Raises:
            ValueError: the sample was measured without it, or a value compared by its logarithm
                is not above 0.
        """
        if isinstance(metric, SetMetric):
            if metric.name not in self.rows:
                raise self._lacking(metric)
            return self.rows[metric.name]
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
            rows={name: each[kept] for name, each in self.rows.items()},
        )

    def on(self, bases: NDArray[np.int64]) -> Sample:
        """The paths that start from ``bases``."""
        kept = np.isin(self.bases, bases)
        return self if kept.all() else self.where(kept)

    def _lacking(self, metric: Metric) -> ValueError:
        known = ", ".join(self.metrics) or "no metric"
        return ValueError(f"the sample has no {metric.name}; it has {known}")


def pooled(samples: Sequence[Sample]) -> Sample:
    """All paths of all samples; each base occurs once for every sample that has it.

    Raises:
        ValueError: there is no sample, or one lacks a metric that the first has.
    """
    if not samples:
        raise ValueError("nothing to pool")
    first = samples[0]
    for each in samples[1:]:
        if odd := {*each.metrics} ^ {*first.metrics}:
            raise ValueError(f"samples to pool differ in their metrics: {', '.join(sorted(odd))}")
    return Sample(
        bases=np.concatenate([each.bases for each in samples]),
        documents=tuple(name for each in samples for name in each.documents),
        values={
            name: PathValues(
                values=np.concatenate([each.values[name].values for each in samples]),
                censored=np.concatenate([each.values[name].censored for each in samples]),
            )
            for name in first.values
        },
        rows={name: np.concatenate([each.rows[name] for each in samples]) for name in first.rows},
    )


def _taken(values: PathValues, kept: NDArray[np.bool_]) -> PathValues:
    return PathValues(values=values.values[kept], censored=values.censored[kept])


def measure(
    curves: Curves,
    *,
    bases: NDArray[np.int64],
    documents: tuple[str, ...],
    metrics: Mapping[str, Metric],
    settings: MetricSettings,
) -> Sample:
    """The numbers of ``metrics`` on a cell's curves; base and document are of each path.

    Raises:
        ValueError: the curves are not finite.
    """
    values, rows = {}, {}
    for name, metric in metrics.items():
        if isinstance(metric, PathMetric):
            values[name] = metric.compute(curves, settings)
        else:
            rows[name] = metric.ingredient(curves, settings)
    return Sample(bases, documents, values, rows)


def sample_distance(metric: Metric, first: Sample, second: Sample) -> float | None:
    """Distance between two samples by one metric; None where either has no defined number.

    Wasserstein-1 of the per-path numbers, or of their logarithms where the metric says so,
    censored ones at their declared value; for a metric of sets, the mean over its columns.
    """
    if isinstance(metric, PathMetric):
        return wasserstein1(first.numbers(metric)[:, 0], second.numbers(metric)[:, 0])
    if not len(first) or not len(second):
        return None
    return mean_wasserstein1(first.numbers(metric), second.numbers(metric))
