"""Rescored: every row of a board under both versions of realism, from the same cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synact_bench.experiments import HOLDOUT, REAL, SCALE, ZERO
from synact_bench.leaderboard.archive import part
from synact_bench.leaderboard.board import BOOTSTRAP_SEED, TRACKS, Board, BoardRow, build
from synact_bench.leaderboard.comparable import Cells, arrange
from synact_bench.results.record import Track
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName, Resampling
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.curve_scale import CurveScale, measured_scale
from synact_bench.scoring.curve_scores import CurveScore, curve_scores
from synact_bench.scoring.failures import Failures, failures
from synact_bench.scoring.judge import FOLDS
from synact_bench.scoring.ranking import Ranking, adjacent_detectable, rank
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.scoring.swap_null import SWAPS, Swaps
from synact_bench.scoring.wrong_prompt import dealt_wrong

RELATIVE = CellName("sensitivity", "relative")
FIXED = CellName("sensitivity", "matched")
PLATEAU = CellName("plateau", "scaled")
WANTED = (RELATIVE, FIXED, PLATEAU)
"""Cells that realism@2 is made of: the absolute paths repeat the matched and scaled ones."""
PARTS: Mapping[str, tuple[CellName, ...]] = {"relative": (RELATIVE,), "fixed length": (FIXED,)}
"""Paths of sensitivity that may disagree about a row."""
GAUSSIANS = (ZERO, "gaussian")
"""Draws of Gaussian samples that Gamma is the mean of."""
WRONG_PROMPT = "wrong-prompt"
"""Real paths dealt to bases of other documents: a control that no model is run for."""


@dataclass(frozen=True, eq=False)
class RescoredRow:
    """One row under both versions.

    Attributes:
        name: of the row.
        track: of its generator; None for what no generator makes.
        before: its row on a board of realism@1; None for the ladder and ``wrong-prompt``.
        after: realism@2.
        rank: by realism@2 in its track, likewise as on a board.
        worst: the cell in which it is farthest from real, and what gives it away there; None where
            there are too few documents.
    """

    name: str
    track: Track | None
    before: BoardRow | None
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
        board: under realism@1.
        scales: frozen facts of each cell of realism@2.
        rows: by track, then realism@2, falling; controls last.
        rankings: by track, under realism@2.
        adjacent: by track, the minimum detectable difference of neighbours under realism@2.
    """

    board: Board
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
    given = list(cells)
    board = build(given, replicates=replicates)
    samples = _samples(arrange(part(given)[0]))
    scales = {name: _scale(rows) for name, rows in samples.items()}
    references = {
        name: CurveReference.of([rows[each] for each in REAL], scales[name].units)
        for name, rows in samples.items()
    }
    documents = sorted({one for rows in samples.values() for one in rows[REAL[0]].documents})
    scored = {name: _scored(rows) for name, rows in samples.items()}
    scores = curve_scores(
        scored,
        references,
        scales,
        resampling=_resampling(documents, replicates),
        swaps=Swaps.draw(documents, rng=np.random.default_rng(BOOTSTRAP_SEED), swaps=SWAPS),
        wanted=WANTED,
        parts=PARTS,
    )
    known = {row.name: row for row in board.rows}
    rankings = {track: _ranking(track, known, scores) for track in TRACKS}
    rows = [
        RescoredRow(
            name=name,
            track=known[name].card.track if name in known else None,
            before=known.get(name),
            after=score,
            rank=next((each.ranks[name] for each in rankings.values() if name in each.ranks), None),
            worst=_worst(name, score, scored, references),
        )
        for name, score in scores.items()
    ]
    return Rescored(
        board=board,
        scales=scales,
        rows=tuple(sorted(rows, key=_place)),
        rankings={track: each for track, each in rankings.items() if each.ranks},
        adjacent={track: _adjacent(rankings[track], scores) for track in TRACKS},
    )


def _samples(cells: Cells) -> dict[CellName, dict[str, CurveSample]]:
    return {
        name: {
            row: CurveSample(cell.table.base, cell.table.document, cell.table.curves)
            for row, cell in cells[name].items()
        }
        for name in WANTED
        if name in cells
    }


def _scored(rows: Mapping[str, CurveSample]) -> dict[str, CurveSample]:
    """What is scored: every row but those of the scale, and real paths on wrong prompts."""
    own = {name: each for name, each in rows.items() if name not in SCALE}
    return own | {WRONG_PROMPT: dealt_wrong(rows[HOLDOUT])} if HOLDOUT in rows else own


def _scale(rows: Mapping[str, CurveSample]) -> CurveScale:
    gaussian = [rows[name] for name in GAUSSIANS if name in rows]
    return measured_scale([rows[name] for name in REAL], gaussian)


def _resampling(documents: Sequence[str], replicates: int) -> Resampling:
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    return Resampling.bootstrap(documents, rng=rng, replicates=replicates)


def _ranking(
    track: Track, known: Mapping[str, BoardRow], scores: Mapping[str, CurveScore]
) -> Ranking:
    """As on a board: controls, flagged rows and those of the other track have no rank."""
    values = {
        name: estimate
        for name, row in known.items()
        if row.card.track == track and not row.control and not row.flags and name in scores
        if (estimate := scores[name].overall.estimate) is not None and len(estimate.replicates)
    }
    return rank(values)


def _adjacent(ranking: Ranking, scores: Mapping[str, CurveScore]) -> float | None:
    values = {name: scores[name].overall.estimate for name in ranking.ranks}
    return adjacent_detectable({name: each for name, each in values.items() if each is not None})


def _worst(
    name: str,
    score: CurveScore,
    samples: Mapping[CellName, Mapping[str, CurveSample]],
    references: Mapping[CellName, CurveReference],
) -> tuple[CellName, Failures] | None:
    cell = max(score.cells, key=lambda each: score.cells[each].rho.value)
    sample = samples[cell][name]
    if len({*sample.documents}) < FOLDS:
        return None
    return cell, failures(references[cell], sample)


def _place(row: RescoredRow) -> tuple[int, float, str]:
    """By track, controls last; by falling realism@2, rows without one last."""
    group = len(TRACKS) if row.control or row.track is None else TRACKS.index(row.track)
    value = row.after.overall.value
    return group, float("inf") if value is None else -value, row.name
