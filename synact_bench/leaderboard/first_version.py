"""Version 1 of the score, of all the cells that it was made of: for the page of both versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from synact_bench.experiments import CONTROLS, LADDER, REAL, SCALE, ZERO
from synact_bench.leaderboard.comparable import Cells, Setting, setting
from synact_bench.leaderboard.scored_cells import BOOTSTRAP_SEED
from synact_bench.results.record import Track
from synact_bench.scoring import CellName, Comparison, Resampling
from synact_bench.scoring.ranking import Ranking, rank
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.scoring.version1.first_realism import FirstRealism
from synact_bench.scoring.version1.overall import Overall

FIRST_WANTED = (
    CellName("sensitivity", "relative"),
    CellName("sensitivity", "absolute"),
    CellName("sensitivity", "matched"),
    CellName("plateau", "absolute"),
    CellName("plateau", "scaled"),
)
"""Cells that realism@1 is the mean of."""


@dataclass(frozen=True, eq=False)
class FirstRow:
    """One row under realism@1.

    Attributes:
        name: of the row.
        track: of its generator; None for what no generator makes.
        flags: rules of copying and collapse that it breaks in any experiment.
        realism: overall, per headline metric, per experiment.
        rank: in its track; None for a control, a flagged row, one without overall realism, and for
            every row where there are too few documents.
    """

    name: str
    track: Track | None
    flags: tuple[str, ...]
    realism: Overall
    rank: int | None

    @property
    def control(self) -> bool:
        """Whether its place is known beforehand."""
        return self.name in CONTROLS


@dataclass(frozen=True, eq=False)
class FirstBoard:
    """Rows under realism@1.

    Attributes:
        setting: how all of them were measured.
        documents: that the bases come from.
        rows: by name.
        rankings: by track; none where there are too few documents.
    """

    setting: Setting
    documents: int
    rows: Mapping[str, FirstRow]
    rankings: Mapping[Track, Ranking]


def first_comparison(cells: Cells) -> Comparison:
    """Samples of arranged cells that realism@1 is made of, those of the ladder left out."""
    samples = {
        name: {row: cell.sample for row, cell in cells[name].items() if row not in LADDER}
        for name in FIRST_WANTED
        if name in cells
    }
    return Comparison(samples, REAL, seed=BOOTSTRAP_SEED)


def first_board(cells: Cells, *, replicates: int = REPLICATES) -> FirstBoard:
    """Score arranged cells by realism@1."""
    comparison = first_comparison(cells)
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    resampling = Resampling.bootstrap(comparison.documents, rng=rng, replicates=replicates)
    found = FirstRealism(comparison, ZERO, resampling).overalls(cells=FIRST_WANTED)
    kept = {name: cells[name] for name in FIRST_WANTED if name in cells}
    rows = {name: _row(name, each, kept) for name, each in found.items() if name not in SCALE}
    rankings: dict[Track, Ranking] = {}
    if len(resampling.counts):
        for track in ("unconditional", "conditioned"):
            values = {
                name: estimate
                for name, row in rows.items()
                if row.track == track and not row.control and not row.flags
                if (estimate := row.realism.overall.estimate) is not None
            }
            if values:
                rankings[track] = rank(values)
    ranks = {name: place for each in rankings.values() for name, place in each.ranks.items()}
    return FirstBoard(
        setting=setting(kept),
        documents=len(resampling.documents),
        rows={
            name: FirstRow(name, row.track, row.flags, row.realism, ranks.get(name))
            for name, row in rows.items()
        },
        rankings=rankings,
    )


def _row(name: str, realism: Overall, cells: Cells) -> FirstRow:
    records = [rows[name].record for rows in cells.values() if name in rows]
    newest = max(records, key=lambda record: record.provenance.created)
    inspections = [each.inspection for each in records if each.inspection is not None]
    flags = tuple(sorted({flag for each in inspections for flag in each.flags}))
    return FirstRow(name, newest.row.track, flags, realism, None)
