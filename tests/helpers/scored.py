"""Scored cells whose rows share their prompts, made of nothing but shifts and spreads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synact_bench.core.experiments import GAUSSIAN, HOLDOUT, REAL, WRONG_PROMPT
from synact_bench.reports.scored_cells import WANTED, ScoredCells
from synact_bench.scoring import CellName, Estimate, Realism
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_sample import CurveSample, dealt_wrong
from synact_bench.scoring.curve_scale import measured_scale
from synact_bench.scoring.curve_scores import CurveScore
from synact_bench.scoring.swap_null import RealTest
from tests.helpers.curve_rows import Prompts

FAR = 1.5
"""Shift of the Gaussian samples."""
SHIFTS = {**dict.fromkeys((*REAL, HOLDOUT), 0.0), GAUSSIAN: FAR}


def scored_cells(
    further: Mapping[str, float] | None = None, *, documents: int = 40, seed: int = 0
) -> ScoredCells:
    """Cells of a score: real, Gaussian and further rows, each at its shift; 0 is real."""
    rng = np.random.default_rng(seed)
    samples, prompts = {}, Prompts(documents, rng=rng)
    for cell in WANTED:
        rows = {name: prompts.row(shift=each) for name, each in SHIFTS.items()}
        rows |= {name: prompts.row(shift=each) for name, each in (further or {}).items()}
        samples[cell] = rows | {WRONG_PROMPT: dealt_wrong(rows[HOLDOUT])}
    return of_samples(samples)


def of_samples(samples: Mapping[CellName, Mapping[str, Any]]) -> ScoredCells:
    """The scale is measured from them."""
    scales = {
        cell: measured_scale([rows[name] for name in REAL], [rows[GAUSSIAN]])
        for cell, rows in samples.items()
    }
    references = {
        cell: CurveReference.of([rows[name] for name in REAL], scales[cell].units)
        for cell, rows in samples.items()
    }
    names = {name for rows in samples.values() for each in rows.values() for name in each.documents}
    return ScoredCells(
        samples=samples,
        scales=scales,
        references=references,
        frozen=False,
        unscored={},
        documents=tuple(sorted(names)),
    )


def spliced(first: CurveSample, second: CurveSample, documents: set[str]) -> CurveSample:
    """``first`` in some documents, ``second`` in all others."""
    kept = np.array([name in documents for name in first.documents])[:, None]
    curves = first.curves
    mixed = type(curves)(
        curves.fractions,
        np.where(kept, curves.l2, second.curves.l2),
        np.where(kept, curves.kl, second.curves.kl),
    )
    return CurveSample(first.bases, first.documents, mixed)


def curve_score(
    value: float | None,
    replicates: np.ndarray | None = None,
    *,
    pvalue: float = 0.001,
) -> CurveScore:
    """A score of nothing but an overall realism."""
    empty = np.empty(0)
    overall = (
        Realism(None, "no cell")
        if value is None
        else Realism(Estimate(value, empty if replicates is None else replicates))
    )
    return CurveScore(
        cells={},
        overall=overall,
        by_experiment={},
        parts={},
        disagree=False,
        unscaled=None,
        test=RealTest(pvalue, 0.1),
    )
