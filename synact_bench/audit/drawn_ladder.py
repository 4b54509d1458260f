"""The control ladder as a figure draws it: realism from real activations to Gaussian samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from synact_bench.audit.audit import doses
from synact_bench.audit.validity import ladder
from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import GAUSSIAN, HOLDOUT
from synact_bench.reports.archive import part
from synact_bench.reports.board import scored
from synact_bench.reports.comparable import arrange
from synact_bench.reports.ladder_figure import DrawnLadder, Rung
from synact_bench.reports.scored_cells import PARTS, ScoredCells
from synact_bench.results.store import Cell
from synact_bench.scoring import Realism
from synact_bench.scoring.curve_scores import CurveScore
from synact_bench.scoring.resampling import REPLICATES

LABEL = "share of a Gaussian sample, mixed into real activations"
LANDMARKS = (HOLDOUT, GAUSSIAN)
"""Rows that the ladder is compared with."""


def drawn_ladder(cells: Iterable[Cell], *, replicates: int = REPLICATES) -> DrawnLadder:
    """Score the rungs among stored cells: overall and by part.

    Raises:
        RecordError: the cells cannot stand on one board, or no rung has a realism.
    """
    arranged = arrange(part(cells)[0])
    curves = ScoredCells.of({name: arranged[name] for name in scored(arranged)})
    own = doses(arranged)
    scores = curves.realism([*own, *LANDMARKS], replicates=replicates)
    found = ladder(own, scores)
    rungs = {} if found is None else found.rungs
    lines = {"overall": _line({dose: each.overall for dose, each in rungs.items()})}
    for name in PARTS:
        lines[name] = _line({dose: each.parts.get(name) for dose, each in rungs.items()})
    if not any(lines.values()):
        raise RecordError(
            "no rung of the ladder is among the cells, or none can be scored",
            where="the ladder",
            fix="measure it with 'synact-bench run --diagnostic'",
        )
    return DrawnLadder(
        lines={name: line for name, line in lines.items() if line},
        label=LABEL,
        logarithmic=False,
        landmarks=_landmarks(scores),
    )


def _line(values: Mapping[float, Realism | None]) -> list[Rung]:
    known = {dose: each.estimate for dose, each in values.items() if each is not None}
    return [
        Rung(dose, each.value, each.interval) for dose, each in known.items() if each is not None
    ]


def _landmarks(scores: Mapping[str, CurveScore]) -> dict[str, float]:
    found = {name: scores[name].overall.value for name in LANDMARKS if name in scores}
    return {name: value for name, value in found.items() if value is not None}
