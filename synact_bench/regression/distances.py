"""Distances: how far the cells of a snapshot are from real activations, as a board would say."""

from __future__ import annotations

from synact_bench.core.experiments import REAL
from synact_bench.metrics import METRICS
from synact_bench.regression.snapshot import CellKey, Snapshot
from synact_bench.scoring import Sample
from synact_bench.scoring.sample import pooled, sample_distance

DRAWS = REAL[:-1]
"""What a board takes distances from, together: all draws but the last."""


def distances(key: CellKey, snapshot: Snapshot) -> dict[str, float]:
    """Distance of a cell from real, by name of the headline metric, in its unit.

    Taken of the numbers in the snapshot. Metrics without a distance are left out, and so are those
    that a draw of real activations was not measured with.
    """
    found = {}
    for name in snapshot.cells[key].metrics:
        metric = METRICS.get(name)
        reference = _reference(key, name, snapshot)
        if metric is None or metric.status != "headline" or reference is None:
            continue
        distance = sample_distance(metric, reference, snapshot.cells[key].sample)
        if distance is not None:
            found[name] = distance
    return found


def _reference(key: CellKey, metric: str, snapshot: Snapshot) -> Sample | None:
    """The draws of real activations on a cell's own bases; None where one is not to be had."""
    row, cell = snapshot.cells[key], key[1]
    draws = [snapshot.cells.get((name, cell)) for name in DRAWS]
    samples = [
        each.sample.on(row.sample.bases)
        for each in draws
        if each is not None and each.metrics.get(metric) == row.metrics[metric]
    ]
    return pooled(samples) if len(samples) == len(DRAWS) else None
