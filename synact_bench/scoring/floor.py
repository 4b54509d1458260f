"""The noise floor: how far real is from itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics import Metric
from synact_bench.metrics.base import Floats
from synact_bench.scoring.sample import Sample, pooled

FLOOR_REPLICATES = 200
UPPER = 95
"""Percentile of the floor up to which a row is indistinguishable from real."""


@dataclass(frozen=True, eq=False)
class NoiseFloor:
    """Distances of real from real, with the paths and the pairing of a generator's row.

    Attributes:
        distances: ascending, ``[replicates]``, at least one.
    """

    distances: Floats

    @property
    def median(self) -> float:
        """How far real is from real."""
        return float(np.median(self.distances))

    @property
    def upper(self) -> float:
        """The 95th percentile."""
        return float(np.percentile(self.distances, UPPER))

    def percentile(self, distance: float) -> float:
        """Share of the floor below ``distance``, 0 to 100; ties count half."""
        below = np.searchsorted(self.distances, distance, side="left")
        upto = np.searchsorted(self.distances, distance, side="right")
        return float(50 * (below + upto) / len(self.distances))


def noise_floors(
    metrics: Mapping[str, Metric],
    draws: Sequence[Sample],
    *,
    rng: np.random.Generator,
    replicates: int = FLOOR_REPLICATES,
) -> dict[str, NoiseFloor | None]:
    """The floor of each metric, out of independent draws of real activations for the same bases.

    A replicate makes a row and its reference: for each document one draw, picked at random, goes
    into the row and all others into the reference. The row then has every base once, as a
    generator's has, and the reference has it once for each other draw; no observation is doubled
    as a bootstrap would. Only bases that all draws have count.

    Returns:
        By metric name; None with fewer than two draws, or where a replicate has no distance.
    """
    common = reduce(np.intersect1d, [draw.bases for draw in draws])
    paired = [draw.on(common) for draw in draws]
    if len(paired) < 2 or not len(common):
        return dict.fromkeys(metrics)
    names, place = np.unique(np.array(paired[0].documents, dtype=object), return_inverse=True)
    chosen = rng.integers(len(paired), size=(replicates, len(names)))[:, place]
    inside = (chosen[:, None] == np.arange(len(paired))[:, None]).reshape(replicates, -1)
    whole = pooled(paired)
    return {name: _floor(whole.numbers(metric), inside) for name, metric in metrics.items()}


def _floor(numbers: Floats, inside: NDArray[np.bool_]) -> NoiseFloor | None:
    """Wasserstein-1, mean over columns, between the marked paths and the others.

    Args:
        numbers: ``[paths, columns]``; NaN where undefined.
        inside: ``[replicates, paths]``.
    """
    # Every replicate parts the same numbers: they are sorted once.
    order = np.argsort(numbers, axis=0)  # NaN comes last
    gaps = np.nan_to_num(np.diff(np.take_along_axis(numbers, order, axis=0), axis=0))
    defined = ~np.isnan(numbers)
    distances = np.empty(len(inside))
    for replicate, marks in enumerate(inside):
        first, second = defined & marks[:, None], defined & ~marks[:, None]
        sizes = first.sum(axis=0), second.sum(axis=0)
        if not all(each.all() for each in sizes):
            return None
        weights = np.take_along_axis(first / sizes[0] - second / sizes[1], order, axis=0)
        apart = np.abs(np.cumsum(weights, axis=0)[:-1])
        distances[replicate] = np.einsum("pc,pc->c", apart, gaps).mean()
    return NoiseFloor(np.sort(distances))
