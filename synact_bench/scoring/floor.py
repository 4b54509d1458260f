"""The noise floor: how far real is from itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics import Metric, PathValues
from synact_bench.metrics.base import Floats
from synact_bench.scoring.sample import Sample, sample_distance

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
        """What stands for realism 1."""
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

    A replicate makes a reference and a row: for each document two different draws are picked at
    random, one for each. Both have every base once, as the real reference and a generator's row
    have, so no observation is doubled as a bootstrap would. Only bases that all draws have count.

    Returns:
        By metric name; None with fewer than two draws, or where a replicate has no distance.
    """
    common = reduce(np.intersect1d, [draw.bases for draw in draws])
    paired = [draw.on(common) for draw in draws]
    if len(paired) < 2 or not len(common):
        return dict.fromkeys(metrics)
    names, place = np.unique(np.array(paired[0].documents, dtype=object), return_inverse=True)
    found: dict[str, list[float | None]] = {name: [] for name in metrics}
    for _ in range(replicates):
        one = rng.integers(len(paired), size=len(names))
        other = (one + rng.integers(1, len(paired), size=len(names))) % len(paired)
        first, second = _mixed(paired, one[place]), _mixed(paired, other[place])
        for name, metric in metrics.items():
            found[name].append(sample_distance(metric, first, second))
    return {name: _floor(each) for name, each in found.items()}


def _mixed(draws: Sequence[Sample], chosen: NDArray[np.int64]) -> Sample:
    """A sample whose path ``i`` is that of draw ``chosen[i]``."""
    rows = np.arange(len(chosen))
    values = {
        name: PathValues(
            values=np.stack([draw.values[name].values for draw in draws])[chosen, rows],
            censored=np.stack([draw.values[name].censored for draw in draws])[chosen, rows],
        )
        for name in draws[0].values
    }
    log_kl = np.stack([draw.log_kl for draw in draws])[chosen, rows]
    return Sample(draws[0].bases, draws[0].documents, values, log_kl)


def _floor(distances: Sequence[float | None]) -> NoiseFloor | None:
    known = [each for each in distances if each is not None]
    return NoiseFloor(np.sort(known)) if len(known) == len(distances) else None
