"""Published records that both versions of the score are computed from. Nothing is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synact_bench.experiments import CONTROLS, LADDER, REAL, SCALE
from synact_bench.leaderboard.archive import part
from synact_bench.leaderboard.comparable import arrange
from synact_bench.leaderboard.first_version import FIRST_WANTED
from synact_bench.results import published
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName, Estimate, Resampling

SEED = 20240915

Estimates = Mapping[str, Estimate]


@dataclass(frozen=True, eq=False)
class Records:
    """The published cells of one testbed.

    Attributes:
        cells: by name, by row.
        replicates: of the bootstrap.
    """

    cells: Mapping[CellName, Mapping[str, Cell]]
    replicates: int

    @classmethod
    def of(cls, testbed: str, replicates: int) -> Records:
        """Read a testbed's published pack."""
        arranged = arrange(part(published.cells([published.of(testbed)]))[0])
        return cls({name: arranged[name] for name in FIRST_WANTED}, replicates)

    @cached_property
    def resampling(self) -> Resampling:
        """The same documents for both versions."""
        rng = np.random.default_rng(SEED)
        return Resampling.bootstrap(self.documents, rng=rng, replicates=self.replicates)

    @cached_property
    def documents(self) -> tuple[str, ...]:
        """The document of each base."""
        return next(iter(self.cells.values()))[REAL[0]].table.document

    @property
    def names(self) -> list[str]:
        """Rows that have every cell; the draws of real are none."""
        every = set.intersection(*(set(rows) for rows in self.cells.values()))
        return sorted(every - set(REAL))

    def track(self, name: str) -> list[str]:
        """Rows ranked in a track: no controls, none that a flag keeps out."""
        return [
            row
            for row in self.names
            if row not in {*CONTROLS, *LADDER, *SCALE}
            and all(rows[row].record.row.track == name for rows in self.cells.values())
            and not any(_flags(rows[row]) for rows in self.cells.values())
        ]


def _flags(cell: Cell) -> tuple[str, ...]:
    return cell.record.inspection.flags if cell.record.inspection else ()


def bias(estimate: Estimate) -> float:
    """Mean of the replicates less the value, in standard deviations of the replicates."""
    return float((estimate.replicates.mean() - estimate.value) / estimate.replicates.std())
