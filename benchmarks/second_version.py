"""Version 2 of the score on published records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchmarks.version_records import SEED, Estimates, Records
from synact_bench.curves import SCORED
from synact_bench.experiments import HOLDOUT, REAL, WRONG_PROMPT, ZERO
from synact_bench.leaderboard.rescored import PARTS
from synact_bench.leaderboard.scored_cells import WANTED
from synact_bench.scoring import CellName, Resampling
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.curve_scale import CurveScale, measured_scale
from synact_bench.scoring.curve_scores import CurveScore, curve_scores
from synact_bench.scoring.departure import realism_of
from synact_bench.scoring.swap_null import Swaps
from synact_bench.scoring.wrong_prompt import dealt_wrong

GAUSSIANS = (ZERO, "gaussian")
"""The two draws of Gaussian samples in the records: a frozen scale would have four or more."""


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
            curves[WRONG_PROMPT] = dealt_wrong(curves[HOLDOUT])
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
        chosen = [*self.records.names, WRONG_PROMPT] if rows is None else rows
        cells = list(self.samples)
        return curve_scores(
            {cell: {row: self.samples[cell][row] for row in chosen} for cell in cells},
            self.references,
            self.scales,
            resampling=self.records.resampling if resampling is None else resampling,
            swaps=self.swaps,
            wanted=WANTED,
            parts=PARTS,
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
            samples = {cell: {name: self.samples[cell][name]} for cell in WANTED}
            scores = curve_scores(
                samples,
                references,
                scales,
                resampling=self.records.resampling,
                swaps=self.swaps,
                wanted=WANTED,
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
