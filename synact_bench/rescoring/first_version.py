"""Version 1 of the score, of all the cells that it was made of: for the page of both versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import CONTROLS, LADDER, REAL
from synact_bench.paths.straight import ABSOLUTE
from synact_bench.reports.archive import part
from synact_bench.reports.comparable import BoardSetting, Cells, arrange, setting
from synact_bench.reports.scored_cells import BOOTSTRAP_SEED, MATCHED, PLATEAU, RELATIVE
from synact_bench.rescoring.version1 import FirstRealism, overall
from synact_bench.results.record import Track
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName, Comparison, Estimate, Resampling
from synact_bench.scoring.ranking import Ranking, rank
from synact_bench.scoring.resampling import REPLICATES

FIRST_ENGINES = ("adaptive@1", "dense@1")
"""Engines whose cells realism@1 is defined for: they swept every path on the whole grid, as its
metrics of single curves need."""
FIRST_WANTED = (
    RELATIVE,
    CellName(RELATIVE.experiment, ABSOLUTE.name),
    MATCHED,
    CellName(PLATEAU.experiment, ABSOLUTE.name),
    PLATEAU,
)
"""Cells that realism@1 is the mean of."""
ZERO = "gaussian-zero"
"""Gaussian samples that stand for realism 0 of version 1; the row ``gaussian`` is another draw.

Cells of ``FIRST_ENGINES`` alone have it: no design draws it now."""


@dataclass(frozen=True, eq=False)
class FirstRow:
    """One row under realism@1.

    Attributes:
        name: of the row.
        track: of its generator; None for what no generator makes.
        flags: rules of copying and collapse that it breaks in any experiment.
        realism: overall; None where the row lacks a cell or a number.
        rank: in its track; None for a control, a flagged row, one without overall realism, and for
            every row where there are too few documents.
    """

    name: str
    track: Track | None
    flags: tuple[str, ...]
    realism: Estimate | None
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
        measured: day on which its newest cell was, UTC.
        documents: that the bases come from.
        rows: by name.
        rankings: by track; none where there are too few documents.
    """

    setting: BoardSetting
    measured: str
    documents: int
    rows: Mapping[str, FirstRow]
    rankings: Mapping[Track, Ranking]


def first_cells(cells: Iterable[Cell], *, where: str) -> Cells:
    """Arrange cells that both versions can be computed from.

    Args:
        cells: in any order.
        where: they come from, for the message of an error.

    Raises:
        RecordError: they cannot stand on one board, or realism@1 is not defined for them: the
            message names every cell and draw that is lacking, and the engine.
    """
    given = list(cells)
    zero = [each for each in given if each.record.identity.generator.name == ZERO]
    arranged = arrange([*part(given)[0], *zero], required=())  # a board would archive it
    reasons = _undefined(arranged)
    if reasons:
        raise RecordError(
            f"realism@1 cannot be computed of them: {'; '.join(reasons)}",
            where=where,
            fix="score them by realism@2 alone, with 'synact-bench board'; docs/realism2.md says "
            "how to get the packs that realism@1 was published from",
        )
    return arranged


def _undefined(cells: Cells) -> list[str]:
    """Why version 1 is not defined for arranged cells; empty where it is."""
    present = [cells[name] for name in FIRST_WANTED if name in cells]
    lacking = ["/".join(name) for name in FIRST_WANTED if name not in cells]
    undrawn = [draw for draw in (*REAL, ZERO) if not all(draw in rows for rows in present)]
    engine = setting(cells).engine
    reasons = [f"there is no cell {', '.join(lacking)}"] if lacking else []
    reasons += [f"not every cell has {', '.join(undrawn)}"] if undrawn else []
    if engine not in FIRST_ENGINES:
        reasons.append(
            f"they are of the engine {engine}, and it is defined for {' and '.join(FIRST_ENGINES)} "
            "alone, which swept every path on the whole grid"
        )
    return reasons


def first_comparison(cells: Cells) -> Comparison:
    """Samples of arranged cells that realism@1 is made of, those of the ladder left out."""
    samples = {
        name: {row: cell.sample for row, cell in cells[name].items() if row not in LADDER}
        for name in FIRST_WANTED
    }
    return Comparison(samples, REAL, seed=BOOTSTRAP_SEED)


def first_board(cells: Cells, *, replicates: int = REPLICATES) -> FirstBoard:
    """Score the cells of ``first_cells`` by realism@1."""
    comparison = first_comparison(cells)
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    resampling = Resampling.bootstrap(comparison.documents, rng=rng, replicates=replicates)
    first = FirstRealism(comparison, ZERO, resampling)
    kept = {name: cells[name] for name in FIRST_WANTED}
    names = {name for rows in comparison.samples.values() for name in rows} - {*REAL, ZERO}
    found = {name: overall(first.realisms(name), FIRST_WANTED) for name in sorted(names)}
    rows = {name: _row(name, each, kept) for name, each in found.items()}
    rankings: dict[Track, Ranking] = {}
    if len(resampling.counts):
        for track in ("unconditional", "conditioned"):
            values = {
                name: row.realism
                for name, row in rows.items()
                if row.track == track and not row.control and not row.flags
                if row.realism is not None
            }
            if values:
                rankings[track] = rank(values)
    made = [cell.record.provenance for each in kept.values() for cell in each.values()]
    ranks = {name: place for each in rankings.values() for name, place in each.ranks.items()}
    return FirstBoard(
        setting=setting(kept),
        measured=max(each.created for each in made).partition("T")[0],
        documents=len(resampling.documents),
        rows={name: replace(row, rank=ranks.get(name)) for name, row in rows.items()},
        rankings=rankings,
    )


def _row(name: str, realism: Estimate | None, cells: Cells) -> FirstRow:
    records = [rows[name].record for rows in cells.values() if name in rows]
    newest = max(records, key=lambda record: record.provenance.created)
    inspections = [each.inspection for each in records if each.inspection is not None]
    flags = tuple(sorted({flag for each in inspections for flag in each.flags}))
    return FirstRow(name, newest.row.track, flags, realism, None)
