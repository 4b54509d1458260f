"""The audit: can a board be trusted? Reported from stored cells; nothing is run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from synact_bench.experiments import CONTROLS, HOLDOUT, LADDER, REAL, REFERENCE, SCALE, ZERO
from synact_bench.leaderboard.archive import part
from synact_bench.leaderboard.board import BOOTSTRAP_SEED, WANTED, compared, scored
from synact_bench.leaderboard.comparable import Cells, Setting, arrange, setting
from synact_bench.metrics import Metric, PathMetric, metrics_for
from synact_bench.metrics.base import Floats
from synact_bench.results.store import Cell
from synact_bench.results.table import GEOMETRY
from synact_bench.scoring import (
    CellName,
    Comparison,
    Estimate,
    Realism,
    Resampling,
    Sample,
)
from synact_bench.scoring.explained import Explained, PathFacts, explained
from synact_bench.scoring.reliability import Agreement, agreement
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.scoring.version1.first_realism import FirstRealism
from synact_bench.scoring.version1.overall import Overall

DONOR = "donor"
"""Parameter of the generators that rewrite an activation's latents: rows alike in their geometry,
which may not foretell one another."""


@dataclass(frozen=True, eq=False)
class Rung:
    """One step of the ladder from real to Gaussian.

    Attributes:
        dose: share of the Gaussian sample, 0 to 1.
        realism: overall, per metric and per experiment.
    """

    dose: float
    realism: Overall


@dataclass(frozen=True, eq=False)
class Audit:
    """What speaks for a board, or against it.

    Attributes:
        setting: how its cells were measured.
        halves: agreement of the boards of two disjoint halves of the documents.
        turns: realism of each draw of real activations, scored as a row against the others in its
            turn; 1 by its making.
        ladder: by rising dose; empty where it was not measured.
        correlation: Spearman's, of dose and overall realism over the ladder; -1 as it should be.
            None unless every rung has an overall realism.
        diagnostics: realism by path that no score is made of, metric and control.
        explained: by cell and headline metric, what bare geometry reproduces.
    """

    setting: Setting
    halves: Agreement
    turns: Mapping[str, Overall]
    ladder: tuple[Rung, ...]
    correlation: float | None
    diagnostics: Mapping[CellName, Mapping[str, Mapping[str, Realism]]]
    explained: Mapping[CellName, Mapping[str, Explained]]


def audit(cells: Iterable[Cell], *, replicates: int = REPLICATES) -> Audit:
    """Audit stored cells.

    Raises:
        RecordError: the cells cannot stand on one board.
    """
    arranged = arrange(part(cells)[0])
    board = scored(arranged)
    ladder = _ladder(arranged, replicates)
    return Audit(
        setting=setting(arranged),
        halves=_halves(compared(board), replicates),
        turns=_turns(compared(board), replicates),
        ladder=ladder,
        correlation=_correlation(ladder),
        diagnostics=_diagnostics(arranged, replicates),
        explained={name: _explained(name, rows) for name, rows in board.items()},
    )


def _first(comparison: Comparison, replicates: int) -> FirstRealism:
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    resampling = Resampling.bootstrap(comparison.documents, rng=rng, replicates=replicates)
    return FirstRealism(comparison, ZERO, resampling)


def _halves(comparison: Comparison, replicates: int) -> Agreement:
    documents = sorted(
        set(comparison.documents), key=lambda name: hashlib.sha256(name.encode()).hexdigest()
    )
    middle = len(documents) // 2
    found = [
        _overall(comparison.where(half), replicates)
        for half in (documents[:middle], documents[middle:])
    ]
    common = found[0].keys() & found[1].keys()
    first, second = ({name: half[name] for name in sorted(common)} for half in found)
    return agreement(first, second)


def _overall(comparison: Comparison, replicates: int) -> dict[str, Estimate]:
    found = _first(comparison, replicates).overalls(cells=WANTED)
    return {
        name: each.overall.estimate
        for name, each in found.items()
        if name not in SCALE and each.overall.estimate is not None
    }


def _turns(comparison: Comparison, replicates: int) -> dict[str, Overall]:
    """Each real draw as a row, the others as real."""
    known = set.intersection(*(set(rows) for rows in comparison.samples.values()))
    draws = [name for name in (*REAL, HOLDOUT) if name in known]
    found: dict[str, Overall] = {}
    for turn in draws:
        others = tuple(name for name in draws if name != turn)
        board = Comparison(comparison.samples, others, comparison.seed)
        found |= _first(board, replicates).overalls(cells=WANTED, rows=[turn])
    return found


def _ladder(cells: Cells, replicates: int) -> tuple[Rung, ...]:
    kept = {
        name: {row: cell for row, cell in rows.items() if row in LADDER or row in SCALE}
        for name, rows in cells.items()
        if name in WANTED
    }
    doses = {
        row: float(cell.record.identity.generator.parameters["dose"])
        for rows in kept.values()
        for row, cell in rows.items()
        if row in LADDER
    }
    if not doses:
        return ()
    comparison = compared(kept)
    found = _first(comparison, replicates).overalls(cells=WANTED, rows=doses)
    return tuple(Rung(doses[row], found[row]) for row in sorted(doses, key=doses.__getitem__))


def _correlation(ladder: tuple[Rung, ...]) -> float | None:
    known = [(rung.dose, rung.realism.overall.value) for rung in ladder]
    pairs = [(dose, value) for dose, value in known if value is not None]
    if len(pairs) < len(LADDER):
        return None
    return float(spearmanr(*zip(*pairs, strict=True)).statistic)


def _diagnostics(cells: Cells, replicates: int) -> dict[CellName, dict[str, dict[str, Realism]]]:
    kept = {
        name: {row: cell for row, cell in rows.items() if row in CONTROLS or row in SCALE}
        for name, rows in cells.items()
        if name not in WANTED
    }
    if not kept:
        return {}
    comparison = compared(kept)
    scores = _first(comparison, replicates).realisms()
    found: dict[CellName, dict[str, dict[str, Realism]]] = {name: {} for name in kept}
    for row in CONTROLS:
        for cell, mine in scores.get(row, {}).items():
            for metric, each in mine.items():
                found[cell].setdefault(metric, {})[row] = each
    return found


def _explained(name: CellName, rows: Mapping[str, Cell]) -> dict[str, Explained]:
    family = {
        row for row, cell in rows.items() if DONOR in cell.record.identity.generator.parameters
    }
    found = {}
    for metric in metrics_for(*name).values():
        if metric.status != "headline":
            continue
        facts = {}
        for row, cell in rows.items():
            if row == ZERO:  # its twin, the row gaussian, would be foretold from it
                continue
            # A metric of sets has several numbers a path: one that depends on it is their mean.
            values = _plain(metric, cell.sample).mean(axis=1)
            geometry = cell.table.geometry
            features = np.stack([geometry[each] for each in GEOMETRY], axis=1)
            facts[row] = PathFacts(values, features.astype(np.float64), cell.table.document)
        facts[REFERENCE] = _together([facts.pop(row) for row in REAL if row in facts])
        found[metric.name] = explained(facts, alike=dict.fromkeys(family, family))
    return found


def _plain(metric: Metric, sample: Sample) -> Floats:
    """A metric's numbers as they are, ``[paths, columns]``."""
    if isinstance(metric, PathMetric):
        return sample.of(metric).values[:, None]
    return sample.numbers(metric)


def _together(draws: Sequence[PathFacts]) -> PathFacts:
    """The paths of all real draws as those of one row."""
    return PathFacts(
        values=np.concatenate([each.values for each in draws]),
        features=np.concatenate([each.features for each in draws]),
        documents=tuple(name for each in draws for name in each.documents),
    )
