"""Comparison: every row of every cell scored against real."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from synact_bench.metrics import METRICS, Metric, PathMetric, metrics_for
from synact_bench.scoring.floor import NoiseFloor, noise_floors
from synact_bench.scoring.overall import CellName, Overall, summarise
from synact_bench.scoring.resampling import Resampling
from synact_bench.scoring.sample import Sample, pooled
from synact_bench.scoring.scale import Scale, part_of, scale
from synact_bench.scoring.scores import MetricScore, estimated, score

Samples = Mapping[CellName, Mapping[str, Sample]]
"""By cell (experiment and path), by name of the row."""
Scores = Mapping[CellName, Mapping[str, MetricScore]]
"""One row's scores: by cell, by metric name."""


@dataclass(frozen=True)
class Roles:
    """Which rows the others are compared with.

    Attributes:
        real: independent draws of real activations for the same bases, at least two.
        gaussian: what stands for realism 0.
    """

    real: tuple[str, ...]
    gaussian: str

    def __post_init__(self) -> None:
        if len(self.real) < 2:
            raise ValueError(f"two draws of real activations are needed, not {self.real}")

    @property
    def reference(self) -> tuple[str, ...]:
        """Draws that distances are taken from, together: all but the last.

        The noise floor compares one draw with all others: a row is compared with as many.
        """
        return self.real[:-1]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Samples of a board and what they are compared with.

    Attributes:
        samples: of every row; each cell has those of ``roles``.
        roles: what the others are compared with.
        seed: of the noise floors.
    """

    samples: Samples
    roles: Roles
    seed: int = 0
    _floors: dict[tuple[CellName, bytes], dict[str, NoiseFloor | None]] = field(
        default_factory=dict, repr=False
    )

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents of the bases, with one entry a path of each real draw."""
        return tuple(
            document
            for rows in self.samples.values()
            for name in self.roles.real
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
                for name in self.roles.reference
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

    def where(self, documents: Collection[str]) -> Comparison:
        """The same on the paths of some documents alone."""
        chosen = set(documents)
        samples = {
            cell: {
                name: each.where(np.array([one in chosen for one in each.documents], dtype=bool))
                for name, each in rows.items()
            }
            for cell, rows in self.samples.items()
        }
        return Comparison(samples, self.roles, self.seed)

    def scores(
        self,
        resampling: Resampling,
        *,
        rows: Collection[str] | None = None,
        headline_only: bool = False,
    ) -> Mapping[str, Scores]:
        """Scores by row, for all rows or the named ones.

        A row is compared with real, and with the Gaussian, on its own bases: one whose pairs are
        dropped where it is weak is not compared with real where real is strong. Whether a metric
        is applicable is decided on all bases, for every row alike.
        """
        found: dict[str, dict[CellName, dict[str, MetricScore]]] = {}
        for cell, samples in self.samples.items():
            metrics = {
                name: metric
                for name, metric in metrics_for(*cell).items()
                if metric.status == "headline" or not headline_only
            }
            whole = max((samples[name] for name in self.roles.real), key=len)
            scales = {whole.bases.tobytes(): self._scales(cell, whole, metrics, resampling)}
            for name, sample in samples.items():
                if rows is not None and name not in rows:
                    continue
                key = sample.bases.tobytes()
                if key not in scales:
                    own = self._scales(cell, sample, metrics, resampling)
                    board = scales[whole.bases.tobytes()]
                    scales[key] = {name: part_of(board[name], own[name]) for name in metrics}
                mine = score(sample, scales=scales[key], resampling=resampling, metrics=metrics)
                found.setdefault(name, {})[cell] = mine
        return found

    def _scales(
        self,
        cell: CellName,
        row: Sample,
        metrics: Mapping[str, Metric],
        resampling: Resampling,
    ) -> dict[str, Scale]:
        """By metric, what a row is compared with on its own bases."""
        samples, roles = self.samples[cell], self.roles
        reference = pooled([samples[name].on(row.bases) for name in roles.reference])
        gaussian = samples[roles.gaussian].on(row.bases)
        floors = self._noise_floors(cell, row)
        return {
            name: scale(
                reference,
                floors[name],
                estimated(metric, reference, gaussian, resampling),
                no_event=self.no_event,
            )
            for name, metric in metrics.items()
        }

    def _noise_floors(self, cell: CellName, row: Sample) -> dict[str, NoiseFloor | None]:
        key = (cell, row.bases.tobytes())
        if key not in self._floors:
            draws = [self.samples[cell][name].on(row.bases) for name in self.roles.real]
            rng = np.random.default_rng([self.seed, len(row), *map(ord, "/".join(cell))])
            self._floors[key] = noise_floors(metrics_for(*cell), draws, rng=rng)
        return self._floors[key]


def overalls(
    scores: Mapping[str, Scores],
    *,
    cells: Collection[CellName],
    metrics: Mapping[str, Metric] = METRICS,
) -> dict[str, Overall]:
    """Each row's scores summed up over the cells that it must have."""
    return {row: summarise(each, cells=cells, metrics=metrics) for row, each in scores.items()}
