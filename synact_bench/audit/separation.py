"""Separation: which rows a path that no score is made of tells apart, beside the scored paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from synact_bench.core.experiments import EXPERIMENTS, REAL
from synact_bench.reports.archive import part
from synact_bench.reports.comparable import Cells, arrange
from synact_bench.reports.scored_cells import WANTED, ScoredCells
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName, Estimate, Realism
from synact_bench.scoring.curve_scores import CurveScore
from synact_bench.scoring.departure import overall_departure, realism_of
from synact_bench.scoring.judge import FOLDS, Judgement, judgement
from synact_bench.scoring.ranking import comparisons, rank
from synact_bench.scoring.resampling import FEWEST_DOCUMENTS, REPLICATES

OrderedPair = tuple[str, str]
"""Two rows, the one that is significantly nearer to real first."""


@dataclass(frozen=True, eq=False)
class PathPlace:
    """One row on one path.

    Attributes:
        realism: realism@2 on the path alone.
        told: whether it is told from real (swap null, 5 %).
        judge: in how many pairs a classifier tells its curve from a real one of the same base,
            the paired area under the ROC curve; None of fewer documents than it has folds.
    """

    realism: Realism
    told: bool
    judge: Judgement | None


@dataclass(frozen=True, eq=False)
class PathResolution:
    """What one path, or the mean of several, tells apart.

    Attributes:
        decided: pairs of rows of which one is significantly nearer to real, Holm-adjusted.
        detectable: minimum detectable difference of the median pair; None without replicates.
    """

    decided: frozenset[OrderedPair]
    detectable: float | None


@dataclass(frozen=True, eq=False)
class Separation:
    """A path that no score is made of, beside the scored paths of its experiment.

    Attributes:
        path: the cell that is asked about.
        scored: the cells that the experiment scores.
        rows: that were measured in all of them, sorted; wrong prompts among them.
        places: by cell, then row.
        alone: by cell, what it tells apart by itself.
        before: what the mean of the scored cells tells apart.
        after: what it would with the path among them.
    """

    path: CellName
    scored: tuple[CellName, ...]
    rows: tuple[str, ...]
    places: Mapping[CellName, Mapping[str, PathPlace]]
    alone: Mapping[CellName, PathResolution]
    before: PathResolution
    after: PathResolution

    @property
    def pairs(self) -> int:
        """Of rows."""
        return len(self.rows) * (len(self.rows) - 1) // 2

    @property
    def gained(self) -> tuple[OrderedPair, ...]:
        """Pairs that the path decides, and neither a scored path nor their mean does."""
        known = self.before.decided.union(*(self.alone[each].decided for each in self.scored))
        either = known | {(second, first) for first, second in known}
        return tuple(sorted(self.alone[self.path].decided - either))

    @property
    def lost(self) -> tuple[OrderedPair, ...]:
        """Pairs that the mean of the scored paths decides, and would not with the path in it."""
        return tuple(sorted(self.before.decided - self.after.decided))

    @property
    def turned(self) -> tuple[OrderedPair, ...]:
        """Pairs that the path orders one way and the mean of the scored paths the other."""
        own = self.alone[self.path].decided
        return tuple(sorted(pair for pair in own if pair[::-1] in self.before.decided))

    @property
    def separates(self) -> bool:
        """Whether it tells rows apart that the scored paths do not, and the mean then loses none.

        A rule, not a test: it says that scoring the path is worth a look.
        """
        more = len(self.after.decided) > len(self.before.decided)
        return bool(self.gained) and more and not self.lost


def separations(cells: Iterable[Cell], *, replicates: int = REPLICATES) -> tuple[Separation, ...]:
    """Every path of stored cells that no score is made of, beside the scored ones.

    Of paths on which fewer than two rows, or bases of fewer than 20 documents, were measured
    nothing is said.

    Raises:
        RecordError: the cells cannot stand on one board.
    """
    arranged = arrange(part(cells)[0])
    found = []
    for path in sorted(name for name in arranged if name not in WANTED):
        scored = tuple(
            name for name in WANTED if name.experiment == path.experiment and name in arranged
        )
        if path.experiment in EXPERIMENTS and scored:
            each = _separation(arranged, path, scored, replicates=replicates)
            found += [] if each is None else [each]
    return tuple(found)


def _separation(
    cells: Cells, path: CellName, scored: tuple[CellName, ...], *, replicates: int
) -> Separation | None:
    wanted = (*scored, path)
    curves = ScoredCells.of({name: cells[name] for name in wanted}, wanted=wanted)
    if {*wanted} != {*curves.samples} or len(curves.documents) < FEWEST_DOCUMENTS:
        return None
    shared = set.intersection(*(set(curves.samples[name]) for name in wanted)) - {*REAL}
    alike = replace(
        curves,
        samples={
            name: {row: own[row] for row in (*REAL, *shared) if row in own}
            for name, own in curves.samples.items()
        },
    )
    scores = {
        row: score
        for row, score in alike.realism(sorted(shared), replicates=replicates).items()
        if {*score.cells} == {*wanted}
    }
    if len(scores) < 2:
        return None
    return Separation(
        path=path,
        scored=scored,
        rows=tuple(scores),
        places={name: _places(alike, name, scores) for name in wanted},
        alone={name: _resolution(scores, [name]) for name in wanted},
        before=_resolution(scores, scored),
        after=_resolution(scores, wanted),
    )


def _places(
    curves: ScoredCells, cell: CellName, scores: Mapping[str, CurveScore]
) -> dict[str, PathPlace]:
    return {
        row: PathPlace(
            realism=realism_of({cell: score.cells[cell].rho}),
            told=not score.cells[cell].test.indistinguishable,
            judge=_judge(curves, cell, row),
        )
        for row, score in scores.items()
    }


def _judge(curves: ScoredCells, cell: CellName, row: str) -> Judgement | None:
    sample = curves.samples[cell][row]
    own = curves.references[cell].on(sample.bases)
    if len({*own.documents}) < FOLDS:
        return None
    return judgement(*own.residuals(sample), own.order)


def _resolution(scores: Mapping[str, CurveScore], cells: Sequence[CellName]) -> PathResolution:
    """What the mean departure over some cells tells apart."""
    nearness = {row: _nearness(score, cells) for row, score in scores.items()}
    decided = (each for each in comparisons(nearness) if each.better is not None)
    return PathResolution(
        frozenset(
            (each.first, each.second) if each.better == each.first else (each.second, each.first)
            for each in decided
        ),
        rank(nearness).detectable,
    )


def _nearness(score: CurveScore, cells: Sequence[CellName]) -> Estimate:
    rho = overall_departure({each: score.cells[each].rho for each in cells})
    return Estimate(0.0, np.zeros(len(rho.replicates))) - rho
