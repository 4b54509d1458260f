"""Records of one testbed that a version of the score is computed from, and what it gives."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from synact_bench.core.experiments import CONTROLS, LADDER, REAL
from synact_bench.reports.archive import part
from synact_bench.reports.comparable import BoardSetting, Cells, arrange, setting
from synact_bench.reports.scored_cells import WANTED
from synact_bench.rescoring.first_version import FIRST_WANTED, ZERO, first_cells
from synact_bench.results import pack
from synact_bench.results.record import Track
from synact_bench.results.store import Cell
from synact_bench.scoring import Estimate, Resampling

SEED = 20240915

Estimates = Mapping[str, Estimate]
"""By name of the row."""


@dataclass(frozen=True, eq=False)
class Side:
    """What one version gives of one testbed's records.

    Attributes:
        whole: overall realism.
        halves: the same with both halves of the documents in turn for replicates.
        biases: of replicates near real, in standard errors.
    """

    whole: Estimates
    halves: Estimates
    biases: Sequence[float]


@dataclass(frozen=True, eq=False)
class Records:
    """The cells of one testbed that a score is made of.

    Attributes:
        cells: by name, by row.
    """

    cells: Cells

    @classmethod
    def first(cls, path: Path) -> Records:
        """A pack that both versions can be computed from.

        Raises:
            RecordError: it is damaged, or version 1 is not defined for it.
        """
        found = first_cells(pack.load(path), where=str(path))
        return cls({name: found[name] for name in FIRST_WANTED})

    @classmethod
    def now(cls, path: Path) -> Records:
        """A pack that version 2 is computed from.

        Raises:
            RecordError: it is damaged, or its cells cannot stand on one board.
        """
        found = arrange(part(pack.load(path))[0])
        return cls({name: found[name] for name in WANTED})

    @property
    def setting(self) -> BoardSetting:
        """How they were measured."""
        return setting(self.cells)

    @cached_property
    def documents(self) -> tuple[str, ...]:
        """Those that bases come from, each once."""
        tables = [rows[draw].table for rows in self.cells.values() for draw in REAL]
        return tuple(sorted({name for table in tables for name in table.document}))

    @cached_property
    def names(self) -> list[str]:
        """Rows that have every cell; the draws that others are compared with are none."""
        every = set.intersection(*(set(rows) for rows in self.cells.values()))
        return sorted(every - {*REAL, ZERO})

    def track(self, name: Track) -> list[str]:
        """Rows ranked in a track: no controls, none that a flag keeps out."""
        return [
            row
            for row in self.names
            if row not in {*CONTROLS, *LADDER}
            and all(rows[row].record.row.track == name for rows in self.cells.values())
            and not any(_flags(rows[row]) for rows in self.cells.values())
        ]

    def resampling(self, replicates: int) -> Resampling:
        """Documents drawn with replacement."""
        rng = np.random.default_rng(SEED)
        return Resampling.bootstrap(self.documents, rng=rng, replicates=replicates)


def halved(documents: Collection[str], halves: int) -> Resampling:
    """Both halves of the documents, ``halves`` times: replicates come in pairs."""
    names, rng = sorted(set(documents)), np.random.default_rng(0)
    left_out = []
    for _ in range(halves):
        mixed = [names[place] for place in rng.permutation(len(names))]
        left_out += [mixed[: len(names) // 2], mixed[len(names) // 2 :]]
    return Resampling.without(names, left_out)


def bias(estimate: Estimate) -> float:
    """Mean of the replicates less the value, in standard deviations of the replicates."""
    return float((estimate.replicates.mean() - estimate.value) / estimate.replicates.std())


def _flags(cell: Cell) -> tuple[str, ...]:
    return cell.record.inspection.flags if cell.record.inspection else ()
