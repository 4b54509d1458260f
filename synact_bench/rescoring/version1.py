"""Version 1 of realism: distances of the headline metrics, from the Gaussian to the noise floor.

    realism@1 = (G - d) / (G - F)      1 as close to real as real is to itself, 0 as the Gaussian

d and G are the Wasserstein-1 distances from real of a row and of Gaussian samples, F is the median
distance of real from real; higher is better, without a lower bound. Kept for one release, for the
page that shows the same cells under both versions; boards do not use it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from synact_bench.metrics import METRICS, metrics_for
from synact_bench.scoring.cell_name import CellName
from synact_bench.scoring.comparison import Comparison
from synact_bench.scoring.estimate import Estimate, mean
from synact_bench.scoring.floor import NoiseFloor
from synact_bench.scoring.resampling import Resampling
from synact_bench.scoring.sample import Sample
from synact_bench.scoring.scores import estimated

Realisms: TypeAlias = Mapping[CellName, Mapping[str, Estimate | None]]
"""One row's realism@1, by cell and by headline metric that is applicable there; None where the row
has no number."""
_Ends: TypeAlias = tuple[NoiseFloor | None, Estimate | None]
"""Distances from real of real, and of Gaussian samples; None where there is none."""


@dataclass(frozen=True, eq=False)
class FirstScale:
    """Where the realism of one metric is 0 and where it is 1.

    Attributes:
        gaussian: distance of Gaussian samples from real.
        floor: median distance of real from real, below it.
    """

    gaussian: Estimate
    floor: float

    def realism(self, distance: Estimate) -> Estimate:
        """``(gaussian - distance) / (gaussian - floor)``, replicate by replicate."""
        value = (self.gaussian.value - distance.value) / (self.gaussian.value - self.floor)
        far, near = self.gaussian.replicates, distance.replicates
        if len(far) != len(near):
            return Estimate(value)
        return Estimate(value, (far - near) / (far - self.floor))


@dataclass(frozen=True, eq=False)
class FirstRealism:
    """The distances of a comparison, made realisms.

    Attributes:
        comparison: the samples, those of the Gaussian among them.
        gaussian: the row that stands for realism 0.
        resampling: documents of each replicate.
    """

    comparison: Comparison
    gaussian: str
    resampling: Resampling
    _known: dict[tuple[CellName, bytes], dict[str, _Ends]] = field(default_factory=dict, repr=False)

    def realisms(self, row: str) -> Realisms:
        """Realisms of a row in every cell that it has, compared with real on its own bases."""
        return {
            cell: self._realisms(cell, rows[row])
            for cell, rows in self.comparison.samples.items()
            if row in rows
        }

    def _realisms(self, cell: CellName, row: Sample) -> dict[str, Estimate | None]:
        distances = self.distances(cell, row)
        return {
            name: _realism(scale, distances[name]) for name, scale in self.scales(cell, row).items()
        }

    def distances(self, cell: CellName, row: Sample) -> dict[str, Estimate | None]:
        """Distance of a row from real by headline metric; None where it has none."""
        return self._distances(cell, self.comparison.reference(cell, row), row)

    def scales(self, cell: CellName, row: Sample) -> dict[str, FirstScale | None]:
        """The scale of each applicable metric on the bases of a row; None where these have none.

        A metric is not applicable where real paths lack the event that it looks for, or where
        Gaussian samples are no farther from real than 95 % of the noise floor. This is decided on
        all bases, for every row alike: a row that drops most of its pairs would otherwise have so
        wide a floor that its metrics fell out of its means, instead of counting against it.
        """
        if self.comparison.no_event is not None:
            return {}
        samples = self.comparison.samples[cell]
        whole = self._ends(cell, max((samples[name] for name in self.comparison.real), key=len))
        return {
            name: None
            if floor is None or gaussian is None or _within(floor, gaussian)
            else FirstScale(gaussian, floor.median)
            for name, (floor, gaussian) in self._ends(cell, row).items()
            if not _within(*whole[name])
        }

    def _ends(self, cell: CellName, row: Sample) -> dict[str, _Ends]:
        key = (cell, row.bases.tobytes())
        if key not in self._known:
            floors = self.comparison.floors(cell, row)
            gaussian = self.comparison.samples[cell][self.gaussian].on(row.bases)
            distances = self._distances(cell, self.comparison.reference(cell, row), gaussian)
            self._known[key] = {name: (floors[name], each) for name, each in distances.items()}
        return self._known[key]

    def _distances(
        self, cell: CellName, reference: Sample, row: Sample
    ) -> dict[str, Estimate | None]:
        return {
            name: estimated(metric, reference, row, self.resampling)
            for name, metric in metrics_for(*cell).items()
            if metric.status == "headline"
        }


def overall(realisms: Realisms, cells: Collection[CellName]) -> Estimate | None:
    """Mean over the headline metrics of each one's mean over cells.

    Metrics take no part in cells where they are not applicable.

    Args:
        realisms: of one row.
        cells: that it must have: a row cannot gain by leaving one out.

    Returns:
        None where the row lacks a cell or a number, or no metric is applicable.
    """
    if not all(cell in realisms for cell in cells):
        return None
    by_metric = []
    for name in METRICS:
        parts = [realisms[cell][name] for cell in sorted(cells) if name in realisms[cell]]
        known = [each for each in parts if each is not None]
        if len(known) < len(parts):
            return None
        by_metric += [mean(known)] if known else []
    return mean(by_metric) if by_metric else None


def _realism(scale: FirstScale | None, distance: Estimate | None) -> Estimate | None:
    return None if scale is None or distance is None else scale.realism(distance)


def _within(floor: NoiseFloor | None, gaussian: Estimate | None) -> bool:
    """Whether Gaussian samples are known to be no farther from real than real is from itself."""
    return floor is not None and gaussian is not None and gaussian.value <= floor.upper
