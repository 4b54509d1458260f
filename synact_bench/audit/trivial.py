"""The trivial explanation of the named metrics: what bare geometry reproduces of their shifts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from synact_bench.core.experiments import REAL, REFERENCE
from synact_bench.metrics import Metric, PathMetric, metrics_for
from synact_bench.metrics.base import Floats
from synact_bench.results.store import Cell
from synact_bench.results.table import GEOMETRY
from synact_bench.scoring import CellName, Sample
from synact_bench.similarity.explained import Explained, PathFacts, explained

DONOR = "donor"
"""Parameter of the generators that rewrite an activation's latents: rows alike in their geometry,
which may not foretell one another."""


def trivially_explained(name: CellName, rows: Mapping[str, Cell]) -> dict[str, Explained]:
    """What geometry explains of each headline metric of a cell, over the paths that have them.

    ``rows`` are those of the cell, by name, without the ladder.
    """
    family = {
        row for row, cell in rows.items() if DONOR in cell.record.identity.generator.parameters
    }
    found: dict[str, Explained] = {}
    for metric in metrics_for(*name).values():
        if metric.status != "headline":
            continue
        facts = {row: _facts(metric, cell) for row, cell in rows.items()}
        facts[REFERENCE] = _together([facts.pop(row) for row in REAL if row in facts])
        found[metric.name] = explained(facts, alike=dict.fromkeys(family, family))
    return found


def _facts(metric: Metric, cell: Cell) -> PathFacts:
    sample = cell.sample
    # A metric of sets has several numbers a path: one that depends on it is their mean.
    values = _plain(metric, sample).mean(axis=1)
    table = cell.table.where(np.isin(cell.table.base, sample.bases))
    features = np.stack([table.geometry[each] for each in GEOMETRY], axis=1)
    return PathFacts(values, features.astype(np.float64), table.document)


def _plain(metric: Metric, sample: Sample) -> Floats:
    """A metric's numbers as they are, ``[paths, columns]``."""
    if isinstance(metric, PathMetric):
        return sample.of(metric).values[:, None]
    return sample.numbers(metric)


def _together(draws: Sequence[PathFacts]) -> PathFacts:
    """The paths of all real draws as those of one row."""
    return PathFacts(
        values=np.concatenate([each.values for each in draws]),
        features=np.concatenate([each.features for each in draws]),
        documents=tuple(name for each in draws for name in each.documents),
    )
