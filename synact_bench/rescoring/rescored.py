"""Rescored: every row of a board under both versions of realism, from the same cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import GAUSSIAN, REAL
from synact_bench.reports.comparable import Cells
from synact_bench.reports.rankings import TRACKS, group
from synact_bench.reports.scored_cells import ScoredCells
from synact_bench.rescoring.first_version import (
    ZERO,
    FirstBoard,
    FirstRow,
    first_board,
    first_cells,
)
from synact_bench.results.record import Track
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName
from synact_bench.scoring.curve_scale import CurveScale
from synact_bench.scoring.curve_scores import CurveScore
from synact_bench.scoring.failures import WorstCell, failures_of
from synact_bench.scoring.ranking import Ranking, adjacent_detectable, rank
from synact_bench.scoring.realism import known
from synact_bench.scoring.resampling import REPLICATES


@dataclass(frozen=True, eq=False)
class RescoredRow:
    """One row under both versions.

    Attributes:
        name: of the row.
        track: of its generator; None for what no generator makes.
        before: the same under realism@1; None for the ladder and ``wrong-prompt``.
        after: realism@2.
        rank: by realism@2 in its track, likewise as on a board.
        worst: the cell in which it is farthest from real, and what gives it away there; None where
            there are too few documents.
    """

    name: str
    track: Track | None
    before: FirstRow | None
    after: CurveScore
    rank: int | None
    worst: tuple[CellName, WorstCell] | None

    @property
    def control(self) -> bool:
        """Whether its place is known beforehand."""
        return self.before is None or self.before.control

    @property
    def flags(self) -> tuple[str, ...]:
        """Rules of copying and collapse that it breaks in any experiment."""
        return () if self.before is None else self.before.flags


@dataclass(frozen=True, eq=False)
class Rescored:
    """A board under both versions.

    Attributes:
        board: the same rows under realism@1.
        scales: frozen facts of each cell of realism@2.
        rows: by track, then realism@2, falling; controls last.
        rankings: by track, under realism@2.
        adjacent: by track, the minimum detectable difference of neighbours under realism@2.
    """

    board: FirstBoard
    scales: Mapping[CellName, CurveScale]
    rows: tuple[RescoredRow, ...]
    rankings: Mapping[Track, Ranking]
    adjacent: Mapping[Track, float | None]


def rescore(
    cells: Iterable[Cell], *, where: str = "the cells", replicates: int = REPLICATES
) -> Rescored:
    """Score stored cells by both versions; nothing is run.

    ``where`` the cells come from is said in the message of an error.

    Raises:
        RecordError: the cells cannot stand on one board, or a version is not defined for them.
    """
    arranged = first_cells(cells, where=where)
    board = first_board(arranged, replicates=replicates)
    curves = both_gaussians(arranged)
    if curves.unscored:
        reasons = "; ".join(f"{'/'.join(name)}: {why}" for name, why in curves.unscored.items())
        raise RecordError(
            f"realism@2 cannot be computed of them: {reasons}",
            where=where,
            fix="give cells of more bases",
        )
    names = {name for rows in curves.samples.values() for name in rows} - {*REAL, ZERO}
    scores = curves.realism(names, replicates=replicates)
    worst = {name: each.worst for name, each in scores.items() if each.worst is not None}
    told = failures_of(curves.references, curves.samples, worst)
    before = board.rows
    rankings = {track: _ranking(track, before, scores) for track in TRACKS}
    rows = [
        RescoredRow(
            name=name,
            track=before[name].track if name in before else None,
            before=before.get(name),
            after=score,
            rank=next((each.ranks[name] for each in rankings.values() if name in each.ranks), None),
            worst=(worst[name], told[name]) if name in told else None,
        )
        for name, score in scores.items()
    ]
    return Rescored(
        board=board,
        scales=curves.scales,
        rows=tuple(sorted(rows, key=_place)),
        rankings={track: each for track, each in rankings.items() if each.ranks},
        adjacent={track: _adjacent(rankings[track], scores) for track in TRACKS},
    )


def both_gaussians(cells: Cells) -> ScoredCells:
    """Curves of the cells of ``first_cells``: Gamma is of the two Gaussian draws that they have."""
    return ScoredCells.of(cells, gaussians=(ZERO, GAUSSIAN))


def _ranking(
    track: Track, before: Mapping[str, FirstRow], scores: Mapping[str, CurveScore]
) -> Ranking:
    """As on a board: controls, flagged rows and those of the other track have no rank."""
    values = {
        name: estimate
        for name, row in before.items()
        if row.track == track and not row.control and not row.flags and name in scores
        if (estimate := scores[name].overall.estimate) is not None and len(estimate.replicates)
    }
    return rank(values)


def _adjacent(ranking: Ranking, scores: Mapping[str, CurveScore]) -> float | None:
    return adjacent_detectable(known({name: scores[name].overall for name in ranking.ranks}))


def _place(row: RescoredRow) -> tuple[int, float, str]:
    """By track, controls last; by falling realism@2, rows without one last."""
    return group(row.track, control=row.control), row.after.overall.behind, row.name
