"""Scored cells: the curves that realism@2 is made of, and what they are compared with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from synact_bench.core.curves import SCORED
from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import EXPERIMENTS, GAUSSIAN, HOLDOUT, REAL, WRONG_PROMPT
from synact_bench.paths import straight
from synact_bench.reports.comparable import Cells
from synact_bench.results.record_file import DamagedError
from synact_bench.results.scale import curve_scale
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName, Resampling
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_sample import CurveSample, dealt_wrong
from synact_bench.scoring.curve_scale import CurveScale, measured_scale
from synact_bench.scoring.curve_scores import (
    CurveScore,
    Energies,
    check_scale,
    energies,
    scores_of,
    summed,
)
from synact_bench.scoring.energy import DocumentSums, Energy
from synact_bench.scoring.resampling import FEWEST_DOCUMENTS, REPLICATES
from synact_bench.scoring.swap_null import Swaps

RELATIVE = CellName("sensitivity", straight.RELATIVE.name)
MATCHED = CellName("sensitivity", straight.MATCHED.name)
PLATEAU = CellName("plateau", straight.SCALED.name)
WANTED = tuple(
    CellName(experiment.name, path)
    for experiment in EXPERIMENTS.values()
    for path in experiment.paths
)
"""Cells that a row must have for an overall realism."""
PARTS: Mapping[str, tuple[CellName, ...]] = {
    "relative": (RELATIVE,),
    "matched": (MATCHED,),
    "plateau": (PLATEAU,),
}
"""Groups of cells that are scored and ranked apart: they may disagree about a row."""
BOOTSTRAP_SEED = 20240915
"""Of the documents drawn in each replicate: one for all boards, so that they are reproducible."""
POINTS = (0.0, *SCORED)
"""Fractions of the path that are kept of a curve."""

TOGETHER = 8
"""Rows whose energies are held at once."""

CurveSamples = Mapping[CellName, Mapping[str, CurveSample]]


class ScoredRows(NamedTuple):
    """Rows that were compared with real.

    Attributes:
        scores: by name of the row; of those that could be compared in any cell.
        sums: what each document adds to their energies, by cell, then by name.
    """

    scores: dict[str, CurveScore]
    sums: Mapping[CellName, Mapping[str, DocumentSums]]


@dataclass(frozen=True, eq=False)
class ScoredCells:
    """Curves of the cells that are scored, at the scored fractions.

    Attributes:
        samples: by cell and row: every row that was measured there, and ``wrong-prompt``.
        scales: what turns an energy distance into a realism, by cell.
        references: the draws of real that rows are compared with, by cell.
        frozen: whether every scale is a fact of the testbed; else they are measured from these
            cells and held fixed.
        unscored: why a cell can be compared with nothing, by its name.
        documents: of the draws of real in any of the wanted cells, sorted, each once.
        wanted: cells that a row must have for an overall realism.
    """

    samples: CurveSamples
    scales: Mapping[CellName, CurveScale]
    references: Mapping[CellName, CurveReference]
    frozen: bool
    unscored: Mapping[CellName, str]
    documents: tuple[str, ...]
    wanted: tuple[CellName, ...] = WANTED

    @classmethod
    def of(
        cls,
        cells: Cells,
        *,
        wanted: Sequence[CellName] = WANTED,
    ) -> ScoredCells:
        """The curves of arranged cells.

        Args:
            cells: in which the draws of real and a draw of Gaussian samples are.
            wanted: those to score.

        Raises:
            RecordError: a curve is not finite, or records of one cell state different scales.
        """
        samples: dict[CellName, dict[str, CurveSample]] = {}
        scales: dict[CellName, CurveScale] = {}
        references: dict[CellName, CurveReference] = {}
        unscored, frozen = {}, []
        for name in wanted:
            if name not in cells:
                continue
            known = _agreed(name, cells[name].values())
            try:
                rows = _with_wrong_prompts({row: _sample(c) for row, c in cells[name].items()})
                draws = [rows[each] for each in REAL]
                gaussian = [rows[GAUSSIAN]] if GAUSSIAN in rows else []
                scale = known or measured_scale(draws, gaussian)
                reference = CurveReference.of(draws, scale.units)
                check_scale(reference, scale, name)
            except ValueError as error:
                unscored[name] = str(error)
                continue
            samples[name], scales[name], references[name] = rows, scale, reference
            frozen.append(known is not None)
        measured = [cells[name][draw].table for name in wanted if name in cells for draw in REAL]
        return cls(
            samples=samples,
            scales=scales,
            references=references,
            frozen=bool(frozen) and all(frozen),
            unscored=unscored,
            documents=tuple(sorted({one for table in measured for one in table.document})),
            wanted=tuple(wanted),
        )

    def where(self, documents: Collection[str]) -> ScoredCells:
        """The same on the paths of some documents alone; the scale is that of all."""
        chosen = set(documents)

        def kept(sample: CurveSample) -> CurveSample:
            return sample.where(np.array([one in chosen for one in sample.documents], dtype=bool))

        return replace(
            self,
            samples={
                cell: {name: kept(each) for name, each in rows.items()}
                for cell, rows in self.samples.items()
            },
            references={
                cell: each.on(each.bases[[one in chosen for one in each.documents]])
                for cell, each in self.references.items()
            },
            documents=tuple(one for one in self.documents if one in chosen),
        )

    def bootstrap(self, replicates: int = REPLICATES, *, among: Iterable[str] = ()) -> Resampling:
        """The documents of each replicate: the same for every board of the same documents.

        Args:
            replicates: how many.
            among: further documents to draw from: those of all boards that are to be averaged,
                replicate by replicate. A board with too few of its own has no replicates.
        """
        rng = np.random.default_rng(BOOTSTRAP_SEED)
        enough = len(self.documents) >= FEWEST_DOCUMENTS
        documents = sorted({*self.documents, *among}) if enough else self.documents
        return Resampling.bootstrap(documents, rng=rng, replicates=replicates)

    @cached_property
    def swaps(self) -> Swaps:
        """The documents of each swap of the null, likewise."""
        return Swaps.draw(self.documents, rng=np.random.default_rng(BOOTSTRAP_SEED))

    def energies(
        self, rows: Collection[str], *, cells: Collection[CellName] | None = None
    ) -> dict[CellName, dict[str, Energy]]:
        """Compare the named rows with real; those with too few documents have no energy.

        Draws of real that rows are compared with would be compared with themselves: name others.
        """
        chosen = {
            cell: {
                name: each
                for name, each in own.items()
                if name in rows and _comparable(each, self.references[cell])
            }
            for cell, own in self.samples.items()
            if cells is None or cell in cells
        }
        return energies(chosen, self.references)

    def scores(self, found: Energies, *, resampling: Resampling) -> dict[str, CurveScore]:
        """Score rows that were compared with real."""
        scored = scores_of(
            found,
            self.scales,
            resampling=resampling,
            swaps=self.swaps,
            wanted=self.wanted,
            parts={name: own for name, own in PARTS.items() if {*own} <= {*self.wanted}},
        )
        return {name: scored[name] for name in sorted(scored)}

    def scored(self, rows: Collection[str], *, resampling: Resampling) -> ScoredRows:
        """Compare the named rows with real and score them, a few at a time.

        Energies are as many numbers as there are pairs of documents: those of all rows of a large
        board would not fit into memory.
        """
        scores: dict[str, CurveScore] = {}
        sums: dict[CellName, dict[str, DocumentSums]] = {cell: {} for cell in self.samples}
        ordered = sorted(rows)
        for start in range(0, len(ordered), TOGETHER):
            found = self.energies(ordered[start : start + TOGETHER])
            scores |= self.scores(found, resampling=resampling)
            for cell, own in found.items():
                sums[cell] |= {name: each.document_sums for name, each in own.items()}
        return ScoredRows(scores, sums)

    def between(self, cell: CellName, row: str, documents: Collection[str]) -> float:
        """Sum of a row's excess over the ordered pairs of bases of two of some documents."""
        return self.references[cell].between(self.samples[cell][row], documents)

    def realism(
        self, rows: Collection[str], *, replicates: int = REPLICATES
    ) -> dict[str, CurveScore]:
        """Realism@2 of the named rows, from documents drawn as for a board of them."""
        return self.scored(rows, resampling=self.bootstrap(replicates)).scores

    def unmeasured(self) -> CurveScore:
        """The score of a row that could be compared in no cell."""
        return summed({}, self.wanted, PARTS)


def _agreed(name: CellName, cells: Iterable[Cell]) -> CurveScale | None:
    """The frozen scale that every record of a cell states, named metrics included."""
    found = {each.record.identity.stem: each.record.scale for each in cells}
    first, scale = next(iter(found.items()))
    for stem, other in found.items():
        if other != scale:
            raise RecordError(
                "their scales differ: realism of one cannot be compared with that of the other",
                where=f"{'/'.join(name)}: {first} and {stem}",
                fix="measure one of them again with the testbed as it is now",
            )
    return None if scale is None else curve_scale(scale)


def _sample(cell: Cell) -> CurveSample:
    curves = cell.table.curves.at(POINTS)
    if not (np.isfinite(curves.l2).all() and np.isfinite(curves.kl).all()):
        raise DamagedError("has curves that are not finite", where=cell.record.identity.stem)
    return CurveSample(cell.table.base, cell.table.document, curves)


def _with_wrong_prompts(rows: Mapping[str, CurveSample]) -> dict[str, CurveSample]:
    if HOLDOUT not in rows:
        return dict(rows)
    try:
        return {**rows, WRONG_PROMPT: dealt_wrong(rows[HOLDOUT])}
    except ValueError:  # one document, or one with more than half of the paths
        return dict(rows)


def _comparable(row: CurveSample, reference: CurveReference) -> bool:
    shared = np.isin(row.bases, reference.bases)
    names = {name for name, kept in zip(row.documents, shared, strict=True) if kept}
    return len(names) > 1
