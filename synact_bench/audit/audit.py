"""The audit: can a board be trusted? Reported from stored cells; nothing is run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synact_bench.audit.robustness import Corruption, Subset, corruptions, subsets
from synact_bench.audit.trivial import trivially_explained
from synact_bench.audit.validity import (
    Halves,
    LadderResult,
    Resolution,
    further_paths,
    halves,
    ladder,
    resolution,
    turns,
)
from synact_bench.core.experiments import CONTROLS, GAUSSIAN, HOLDOUT, LADDER, REAL, WRONG_PROMPT
from synact_bench.core.tracks import Track
from synact_bench.reports.archive import part
from synact_bench.reports.board import TRACKS, scored
from synact_bench.reports.comparable import BoardSetting, Cells, arrange, setting
from synact_bench.reports.scored_cells import WANTED, ScoredCells
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName, Estimate, Realism
from synact_bench.scoring.curve_scores import CurveScore
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.similarity.explained import Explained

LEADING = 3
"""Rows of each track, the nearest to real, that are scored at several numbers of bases."""


@dataclass(frozen=True, eq=False)
class Audit:
    """What speaks for a board, or against it; every realism is realism@2.

    Attributes:
        setting: how its cells were measured.
        documents: that the bases come from.
        halves: agreement of the boards of two disjoint halves of the documents.
        turns: each draw of real activations scored as a row against the others; empty where no
            held-out draw was measured.
        ladder: from real to Gaussian; None where it was not measured.
        landmarks: rows to compare the ladder with: held-out real activations, the same dealt to
            the wrong prompts, and Gaussian samples; those that were measured.
        resolution: by track, what its ranking can tell apart; of two rows at least.
        corruptions: what a few wrong paths do to held-out real activations.
        subsets: the leading rows of each track at several numbers of bases, all of them last;
            empty where there are too few.
        diagnostics: realism by path that no score is made of, and control.
        explained: by cell and headline metric, what bare geometry reproduces.
    """

    setting: BoardSetting
    documents: int
    halves: Halves
    turns: Mapping[str, CurveScore]
    ladder: LadderResult | None
    landmarks: Mapping[str, CurveScore]
    resolution: Mapping[Track, Resolution]
    corruptions: tuple[Corruption, ...]
    subsets: tuple[Subset, ...]
    diagnostics: Mapping[CellName, Mapping[str, Realism]]
    explained: Mapping[CellName, Mapping[str, Explained]]


def audit(cells: Iterable[Cell], *, replicates: int = REPLICATES) -> Audit:
    """Audit stored cells.

    Raises:
        RecordError: the cells cannot stand on one board.
    """
    arranged = arrange(part(cells)[0])
    board = scored(arranged)
    curves = ScoredCells.of({name: arranged[name] for name in board})
    measured = {name for rows in curves.samples.values() for name in rows} - {*REAL}
    energies = curves.energies(measured)
    scores = curves.scores(energies, resampling=curves.bootstrap(replicates))
    tracks = _tracks(board, scores)
    marks = {name: scores[name] for name in (HOLDOUT, WRONG_PROMPT, GAUSSIAN) if name in scores}
    real, gaussian = (
        marks[name].overall if name in marks else None for name in (HOLDOUT, GAUSSIAN)
    )
    leading = {HOLDOUT} & scores.keys() | {
        name
        for values in tracks.values()
        for name in sorted(values, key=lambda name: (-values[name].value, name))[:LEADING]
    }
    return Audit(
        setting=setting(arranged),
        documents=len(curves.documents),
        halves=halves(curves, energies, sorted(measured - {*LADDER}), replicates=replicates),
        turns=turns(curves, replicates=replicates),
        ladder=ladder(doses(arranged), scores),
        landmarks=marks,
        resolution={
            track: resolution(values, real=real, gaussian=gaussian)
            for track, values in tracks.items()
            if len(values) > 1
        },
        corruptions=corruptions(curves, replicates=replicates),
        subsets=subsets(
            curves,
            {
                name: scores[name]
                for name in sorted(leading, key=lambda name: (scores[name].overall.behind, name))
            },
            replicates=replicates,
        ),
        diagnostics=further_paths(arranged, WANTED, replicates=replicates),
        explained={name: trivially_explained(name, rows) for name, rows in board.items()},
    )


def doses(cells: Cells) -> dict[str, float]:
    """By rung of the ladder among arranged cells, the share of the Gaussian sample."""
    return {
        row: float(cell.record.identity.generator.parameters["dose"])
        for name, rows in cells.items()
        if name in WANTED
        for row, cell in rows.items()
        if row in LADDER
    }


def _tracks(cells: Cells, scores: Mapping[str, CurveScore]) -> dict[Track, dict[str, Estimate]]:
    """Overall realism of the rows that a board ranks, by track."""
    found: dict[Track, dict[str, Estimate]] = {track: {} for track in TRACKS}
    records: dict[str, list[Cell]] = {}
    for rows in cells.values():
        for name, cell in rows.items():
            records.setdefault(name, []).append(cell)
    for name, own in sorted(records.items()):
        inspections = [each.record.inspection for each in own]
        flagged = any(each is not None and each.flags for each in inspections)
        track = max(own, key=lambda each: each.record.provenance.created).record.row.track
        estimate = scores[name].overall.estimate if name in scores else None
        if estimate is None or track is None or flagged or name in CONTROLS:
            continue
        found[track][name] = estimate
    return found
