"""Rows of the published records, scored by both versions of the score. Nothing is run."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synact_bench.experiments import CONTROLS, HOLDOUT, LADDER, REAL, SCALE, ZERO
from synact_bench.leaderboard import board
from synact_bench.leaderboard.archive import part
from synact_bench.leaderboard.comparable import arrange
from synact_bench.results.store import Cell, Store
from synact_bench.scoring import (
    CellName,
    Comparison,
    Estimate,
    MetricScore,
    Realism,
    Resampling,
    Scores,
    overalls,
)
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.curve_scale import CurveScale, measured_scale
from synact_bench.scoring.curve_scores import CurveScore, curve_scores
from synact_bench.scoring.departure import realism_of
from synact_bench.scoring.features import SCORED
from synact_bench.scoring.swap_null import Swaps

ROOT = Path(__file__).parents[1]
SEED = 20240915
WRONG = "wrong-prompt"
"""Held-out real curves, each on a base of another document."""
GAUSSIANS = (ZERO, "gaussian")
"""The two draws of Gaussian samples in the records: a frozen scale would have four or more."""
RELATIVE = CellName("sensitivity", "relative")
FIXED_LENGTH = (CellName("sensitivity", "absolute"), CellName("sensitivity", "matched"))
"""Of the same experiment, paths whose length the row does not decide."""

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
        """Read a testbed's records, wherever its reference draws are kept."""
        folders = [
            ROOT / "baselines" / testbed / "reference",
            ROOT / "leaderboard/reference" / testbed,
            ROOT / "leaderboard/records" / testbed,
        ]
        cells = [cell for each in folders if each.is_dir() for cell in Store(each).cells()]
        arranged = arrange(part(cells)[0])
        return cls({name: arranged[name] for name in board.WANTED}, replicates)

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

    @cached_property
    def dealt(self) -> NDArray[np.int64]:
        """For each base in turn, the place of one of another document."""
        documents = np.array(self.documents)
        order = np.argsort(documents, kind="stable")
        most = int(np.unique(documents, return_counts=True)[1].max())
        places = np.empty(len(order), dtype=np.int64)
        places[order] = np.roll(order, most)
        return places


def _flags(cell: Cell) -> tuple[str, ...]:
    return cell.record.inspection.flags if cell.record.inspection else ()


@dataclass(frozen=True, eq=False)
class First:
    """Version 1: distances of named metrics between the Gaussian and the floor."""

    records: Records

    @cached_property
    def comparison(self) -> Comparison:
        """Samples of every row, the wrong prompts' among them."""
        found = board.compared(self.records.cells)
        dealt = self.records.dealt
        samples = {}
        for cell, rows in found.samples.items():
            held = rows[HOLDOUT]
            moved = dataclasses.replace(
                held,
                bases=held.bases[dealt],
                documents=tuple(held.documents[place] for place in dealt),
            )
            samples[cell] = {**rows, WRONG: moved}
        return Comparison(samples, found.roles, found.seed)

    def realism(self, resampling: Resampling) -> tuple[Estimates, Estimates]:
        """Overall realism by row, and the same without the noise of the scale."""
        scores = self.comparison.scores(resampling, headline_only=True)
        held = {
            row: {
                cell: {name: _held(each) for name, each in metrics.items()}
                for cell, metrics in cells.items()
            }
            for row, cells in scores.items()
        }
        return _overall(scores), _overall(held)

    def bias(self) -> list[float]:
        """Of plain replicates of the distance of held-out real, in standard errors."""
        plain = dataclasses.replace(self.records.resampling, calibrated=False)
        scores = self.comparison.scores(plain, rows=[HOLDOUT], headline_only=True)[HOLDOUT]
        distances = [each.distance for cell in scores.values() for each in cell.values()]
        return [bias(each) for each in distances if each is not None]


def _overall(scores: Mapping[str, Scores]) -> Estimates:
    return {
        row: each.overall.estimate
        for row, each in overalls(scores, cells=board.WANTED).items()
        if each.overall.estimate is not None and row not in REAL
    }


def _held(score: MetricScore) -> MetricScore:
    if score.realism.estimate is None:
        return score
    assert score.distance is not None
    assert score.d_gaussian is not None
    assert score.d_floor is not None
    far, length = score.d_gaussian.value, score.d_gaussian.value - score.d_floor
    distance = score.distance
    estimate = Estimate((far - distance.value) / length, (far - distance.replicates) / length)
    return dataclasses.replace(score, realism=Realism(estimate))


def bias(estimate: Estimate) -> float:
    """Mean of the replicates less the value, in standard deviations of the replicates."""
    return float((estimate.replicates.mean() - estimate.value) / estimate.replicates.std())


@dataclass(frozen=True, eq=False)
class Second:
    """Version 2: energy distances of curves at fixed points.

    Attributes:
        records: what is scored.
        fractions: points of the path.
    """

    records: Records
    fractions: Sequence[float] = SCORED

    @cached_property
    def samples(self) -> Mapping[CellName, Mapping[str, CurveSample]]:
        """Curves of every row, the wrong prompts' among them."""
        found = {}
        for cell, rows in self.records.cells.items():
            curves = {
                row: CurveSample(each.table.base, each.table.document, each.table.curves)
                for row, each in rows.items()
            }
            held, dealt = curves[HOLDOUT], self.records.dealt
            curves[WRONG] = CurveSample(
                held.bases[dealt], tuple(held.documents[place] for place in dealt), held.curves
            )
            found[cell] = curves
        return found

    @cached_property
    def scales(self) -> Mapping[CellName, CurveScale]:
        """Of each cell, from the records themselves."""
        return {cell: self._scale(rows, REAL) for cell, rows in self.samples.items()}

    @cached_property
    def references(self) -> Mapping[CellName, CurveReference]:
        """Draws of real of each cell."""
        return {
            cell: CurveReference.of([rows[name] for name in REAL], self.scales[cell].units)
            for cell, rows in self.samples.items()
        }

    @cached_property
    def swaps(self) -> Swaps:
        """The same for every row."""
        return Swaps.draw(self.records.documents, rng=np.random.default_rng(SEED))

    def scores(
        self, rows: Collection[str] | None = None, resampling: Resampling | None = None
    ) -> Mapping[str, CurveScore]:
        """Scores by row; by default of all."""
        chosen = [*self.records.names, WRONG] if rows is None else rows
        cells = list(self.samples)
        return curve_scores(
            {cell: {row: self.samples[cell][row] for row in chosen} for cell in cells},
            self.references,
            self.scales,
            resampling=self.records.resampling if resampling is None else resampling,
            swaps=self.swaps,
            wanted=cells,
            parts={
                "relative": [cell for cell in cells if cell == RELATIVE],
                "fixed length": [cell for cell in cells if cell in FIXED_LENGTH],
            },
        )

    def pseudo_real(self) -> list[CurveScore]:
        """Each draw of real, held-out ones too, scored against the five others."""
        draws = (*REAL, HOLDOUT)
        found = []
        for name in draws:
            others = [each for each in draws if each != name]
            scales = {cell: self._scale(rows, others) for cell, rows in self.samples.items()}
            references = {
                cell: CurveReference.of([rows[each] for each in others], scales[cell].units)
                for cell, rows in self.samples.items()
            }
            samples = {cell: {name: rows[name]} for cell, rows in self.samples.items()}
            scores = curve_scores(
                samples,
                references,
                scales,
                resampling=self.records.resampling,
                swaps=self.swaps,
                wanted=list(samples),
            )
            found.append(scores[name])
        return found

    def _scale(self, rows: Mapping[str, CurveSample], real: Sequence[str]) -> CurveScale:
        draws = [rows[name] for name in real]
        return measured_scale(draws, [rows[name] for name in GAUSSIANS], self.fractions)


def over(scores: Mapping[str, CurveScore], cells: Collection[CellName]) -> Estimates:
    """Realism by row over some cells."""
    found = {
        row: realism_of({cell: each.rho for cell, each in score.cells.items()}, cells).estimate
        for row, score in scores.items()
    }
    return {row: each for row, each in found.items() if each is not None}
