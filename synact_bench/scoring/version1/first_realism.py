"""Realism@1 of every row: each metric's distance on a scale from the floor to the Gaussian."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from synact_bench.metrics import METRICS
from synact_bench.scoring.cell_name import CellName
from synact_bench.scoring.comparison import Comparison
from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.realism import Realism
from synact_bench.scoring.resampling import Resampling
from synact_bench.scoring.sample import Sample
from synact_bench.scoring.scores import estimated
from synact_bench.scoring.version1.overall import Overall, Realisms, summarise
from synact_bench.scoring.version1.scale import Scale, part_of, realism, scale


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
    _scales: dict[tuple[CellName, bytes], dict[str, Scale]] = field(
        default_factory=dict, repr=False
    )

    def realisms(self, *, rows: Collection[str] | None = None) -> Mapping[str, Realisms]:
        """By row, for all rows or the named ones.

        A row is compared with real, and with the Gaussian, on its own bases. Whether a metric is
        applicable is decided on all bases, for every row alike.
        """
        scores = self.comparison.scores(self.resampling, rows=rows, headline_only=True)
        found: dict[str, dict[CellName, dict[str, Realism]]] = {}
        for row, cells in scores.items():
            for cell, metrics in cells.items():
                scales = self._scales_of(cell, self.comparison.samples[cell][row])
                found.setdefault(row, {})[cell] = {
                    name: _realism(each.distance, scales[name]) for name, each in metrics.items()
                }
        return found

    def overalls(
        self, *, cells: Collection[CellName], rows: Collection[str] | None = None
    ) -> dict[str, Overall]:
        """Each row summed up over the cells that it must have."""
        found = self.realisms(rows=rows)
        return {row: summarise(each, cells=cells) for row, each in found.items()}

    def _scales_of(self, cell: CellName, row: Sample) -> dict[str, Scale]:
        samples = self.comparison.samples[cell]
        whole = max((samples[name] for name in self.comparison.real), key=len)
        board = self._measured(cell, whole)
        if row.bases.tobytes() == whole.bases.tobytes():
            return board
        own = self._measured(cell, row)
        return {name: part_of(board[name], own[name]) for name in board}

    def _measured(self, cell: CellName, row: Sample) -> dict[str, Scale]:
        key = (cell, row.bases.tobytes())
        if key not in self._scales:
            reference = self.comparison.reference(cell, row)
            gaussian = self.comparison.samples[cell][self.gaussian].on(row.bases)
            floors = self.comparison.floors(cell, row)
            self._scales[key] = {
                name: scale(
                    reference,
                    floor,
                    estimated(METRICS[name], reference, gaussian, self.resampling),
                    no_event=self.comparison.no_event,
                )
                for name, floor in floors.items()
                if METRICS[name].status == "headline"
            }
        return self._scales[key]


def _realism(distance: Estimate | None, scale: Scale) -> Realism:
    if scale.reason is not None:
        return Realism(None, scale.reason, applicable=scale.applicable)
    if distance is None:
        return Realism(None, "the row has no distance from real")
    assert scale.gaussian is not None
    assert scale.floor is not None
    return realism(distance, gaussian=scale.gaussian, floor=scale.floor.median)
