"""Rescored: every row of a board under both versions of realism, from the same cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synact_bench.experiments import SCALE
from synact_bench.leaderboard.archive import part
from synact_bench.leaderboard.comparable import arrange
from synact_bench.leaderboard.first_version import FirstBoard, FirstRow, first_board
from synact_bench.leaderboard.rankings import TRACKS
from synact_bench.leaderboard.scored_cells import FIXED, RELATIVE, WANTED, ScoredCells
from synact_bench.results.record import Track
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName
from synact_bench.scoring.curve_scale import CurveScale
from synact_bench.scoring.curve_scores import CurveScore, scores_of
from synact_bench.scoring.failures import Failures, failures
from synact_bench.scoring.judge import FOLDS
from synact_bench.scoring.ranking import Ranking, adjacent_detectable, rank
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.scoring.swap_null import SWAPS

PARTS: Mapping[str, tuple[CellName, ...]] = {"relative": (RELATIVE,), "fixed length": (FIXED,)}
"""Paths of sensitivity that may disagree about a row."""


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
    worst: tuple[CellName, Failures] | None

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


def rescore(cells: Iterable[Cell], *, replicates: int = REPLICATES) -> Rescored:
    """Score stored cells by both versions; nothing is run.

    Raises:
        RecordError: the cells cannot stand on one board.
        ValueError: a cell has no curves that realism@2 can be made of.
    """
    arranged = arrange(part(cells)[0], required=SCALE)
    board = first_board(arranged, replicates=replicates)
    curves = ScoredCells.of(arranged, wanted=WANTED)
    if curves.unscored:
        raise ValueError("; ".join(f"{'/'.join(n)}: {w}" for n, w in curves.unscored.items()))
    names = {name for rows in curves.samples.values() for name in rows} - {*SCALE}
    scores = scores_of(
        curves.energies(names),
        curves.scales,
        resampling=curves.bootstrap(replicates),
        swaps=curves.swaps(SWAPS),
        wanted=WANTED,
        parts=PARTS,
    )
    known = board.rows
    rankings = {track: _ranking(track, known, scores) for track in TRACKS}
    rows = [
        RescoredRow(
            name=name,
            track=known[name].track if name in known else None,
            before=known.get(name),
            after=score,
            rank=next((each.ranks[name] for each in rankings.values() if name in each.ranks), None),
            worst=_worst(name, score, curves),
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


def _ranking(
    track: Track, known: Mapping[str, FirstRow], scores: Mapping[str, CurveScore]
) -> Ranking:
    """As on a board: controls, flagged rows and those of the other track have no rank."""
    values = {
        name: estimate
        for name, row in known.items()
        if row.track == track and not row.control and not row.flags and name in scores
        if (estimate := scores[name].overall.estimate) is not None and len(estimate.replicates)
    }
    return rank(values)


def _adjacent(ranking: Ranking, scores: Mapping[str, CurveScore]) -> float | None:
    values = {name: scores[name].overall.estimate for name in ranking.ranks}
    return adjacent_detectable({name: each for name, each in values.items() if each is not None})


def _worst(name: str, score: CurveScore, curves: ScoredCells) -> tuple[CellName, Failures] | None:
    cell = max(score.cells, key=lambda each: score.cells[each].rho.value)
    sample = curves.samples[cell][name]
    if len({*sample.documents}) < FOLDS:
        return None
    return cell, failures(curves.references[cell], sample)


def _place(row: RescoredRow) -> tuple[int, float, str]:
    """By track, controls last; by falling realism@2, rows without one last."""
    group = len(TRACKS) if row.control or row.track is None else TRACKS.index(row.track)
    value = row.after.overall.value
    return group, float("inf") if value is None else -value, row.name
