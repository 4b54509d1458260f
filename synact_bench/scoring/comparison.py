"""Comparison: the named metrics of every row of every cell, compared with real."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from synact_bench.metrics import METRICS, PathMetric, metrics_for
from synact_bench.scoring.cell_name import CellName
from synact_bench.scoring.each_row import THREADS, each_row
from synact_bench.scoring.estimate import Estimate, mean
from synact_bench.scoring.floor import NoiseFloor, noise_floors
from synact_bench.scoring.resampling import Resampling
from synact_bench.scoring.sample import Sample, pooled
from synact_bench.scoring.scores import MetricScore, score

Samples = Mapping[CellName, Mapping[str, Sample]]
"""By cell (experiment and path), by name of the row."""
Scores = Mapping[CellName, Mapping[str, MetricScore]]
"""One row's scores: by cell, by metric name."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Samples of a board and what they are compared with.

    Attributes:
        samples: of every row; each cell has those of ``real``.
        real: names of independent draws of real activations for the same bases, at least two.
        seed: of the noise floors.
    """

    samples: Samples
    real: tuple[str, ...]
    seed: int = 0
    _floors: dict[tuple[CellName, bytes], dict[str, NoiseFloor | None]] = field(
        default_factory=dict, repr=False
    )
    _references: dict[tuple[CellName, bytes], Sample] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if len(self.real) < 2:
            raise ValueError(f"two draws of real activations are needed, not {self.real}")

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents of the bases, with one entry a path of each real draw."""
        return tuple(
            document
            for rows in self.samples.values()
            for name in self.real
            for document in rows[name].documents
        )

    @cached_property
    def no_event(self) -> str | None:
        """Why no metric has anything to look for: real paths lack the event that all ask about.

        All of them ask how a plateau ends. A model whose answer rises in a straight line has none:
        with random weights, every difference between rows is one of distance alone. Metrics that
        declare a ``presence`` tell; None where real paths have the event, or none of them tells.
        """
        for metric in METRICS.values():
            if not isinstance(metric, PathMetric) or metric.presence is None:
                continue
            found = [
                rows[name].of(metric).defined
                for rows in self.samples.values()
                for name in self.real[:-1]
                if metric.name in rows[name].values
            ]
            if not sum(map(len, found)):
                continue
            median = float(np.median(np.concatenate(found)))
            if median < metric.presence:
                return (
                    f"real paths have no step: their median {metric.name} is {median:.2f}, with "
                    f"one it is at least {metric.presence:g}"
                )
        return None

    def scores(
        self,
        resampling: Resampling,
        *,
        rows: Collection[str] | None = None,
        threads: int = THREADS,
    ) -> Mapping[str, Scores]:
        """Scores by row, for all rows or the named ones; numbers do not depend on ``threads``.

        A row is compared with real on its own bases: one whose pairs are dropped where it is weak
        is not compared with real where real is strong.
        """
        chosen = {
            cell: {name: each for name, each in own.items() if rows is None or name in rows}
            for cell, own in self.samples.items()
        }
        for cell, own in chosen.items():  # what rows share is made once, in this thread
            for sample in own.values():
                self.reference(cell, sample)
                self.floors(cell, sample)

        def scored(cell: CellName, sample: Sample) -> dict[str, MetricScore]:
            return score(
                sample,
                reference=self.reference(cell, sample),
                floors=self.floors(cell, sample),
                resampling=resampling,
                metrics=metrics_for(*cell),
            )

        found: dict[str, dict[CellName, dict[str, MetricScore]]] = {}
        for cell, scores in each_row(scored, chosen, threads).items():
            for name, each in scores.items():
                found.setdefault(name, {})[cell] = each
        return found

    def reference(self, cell: CellName, row: Sample) -> Sample:
        """What a row is compared with: real on the row's bases, all draws but the last together.

        The noise floor compares one draw with all others: a row is compared with as many.
        """
        key = (cell, row.bases.tobytes())
        if key not in self._references:
            samples = self.samples[cell]
            chosen = [samples[name].on(row.bases) for name in self.real[:-1]]
            self._references[key] = pooled(chosen)
        return self._references[key]

    def floors(self, cell: CellName, row: Sample) -> Mapping[str, NoiseFloor | None]:
        """By metric, how far real is from real on the row's bases; drawn once."""
        key = (cell, row.bases.tobytes())
        if key not in self._floors:
            draws = [self.samples[cell][name].on(row.bases) for name in self.real]
            rng = np.random.default_rng([self.seed, len(row), *map(ord, "/".join(cell))])
            self._floors[key] = noise_floors(metrics_for(*cell), draws, rng=rng)
        return self._floors[key]


def mean_distances(scores: Scores, *, cells: Collection[CellName]) -> dict[str, Estimate]:
    """By metric, the mean of one row's distances from real over the cells that measure it.

    In the metric's unit; lower is better. A metric is left out where the row lacks a distance in
    one of ``cells``: it cannot gain by it.
    """
    found = {}
    for name, metric in METRICS.items():
        wanted = sorted(cell for cell in cells if metric.applies(*cell))
        parts = [scores[cell][name].distance for cell in wanted if name in scores.get(cell, {})]
        known = [each for each in parts if each is not None]
        if known and len(known) == len(wanted):
            found[name] = mean(known)
    return found
