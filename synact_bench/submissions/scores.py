"""Scores of a submission: recomputed from its paths and the published reference rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from synact_bench.experiments import SCALE, ZERO
from synact_bench.leaderboard.board import WANTED, bootstrap, compared, scored
from synact_bench.leaderboard.comparable import arrange
from synact_bench.leaderboard.plain import plain
from synact_bench.results.store import Cell
from synact_bench.scoring import Realism
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.scoring.version1.first_realism import FirstRealism
from synact_bench.scoring.version1.overall import summarise
from synact_bench.submissions.hygiene import leaves
from synact_bench.submissions.refusal import SubmissionError, shown
from synact_bench.submissions.schema import Score, Scores

CLOSE = 1e-4
"""Difference, absolute or relative, that another machine's arithmetic may make."""


def scores(
    own: Sequence[Cell], reference: Sequence[Cell], *, replicates: int = REPLICATES
) -> Scores:
    """What one row scores: as on a board, where no row's score depends on any other's.

    Args:
        own: the row's cells.
        reference: published cells; those that give the scale are used.
        replicates: of the bootstrap.

    Raises:
        RecordError: the cells cannot be compared with the reference.
    """
    given = [cell for cell in reference if cell.record.identity.generator.name in SCALE]
    cells = scored(arrange([*given, *own]))
    first = FirstRealism(compared(cells), ZERO, bootstrap(cells, replicates))
    name = own[0].record.identity.generator.name
    found = first.realisms(rows=[name])[name]
    overall = summarise(found, cells=WANTED)
    return Scores(
        overall=_score(overall.overall),
        by_metric={each: _score(value) for each, value in overall.by_metric.items()},
        by_experiment={each: _score(value) for each, value in overall.by_experiment.items()},
        by_cell={
            "/".join(cell): {metric: _score(each) for metric, each in mine.items()}
            for cell, mine in found.items()
        },
    )


def check(stated: Scores, recomputed: Scores) -> None:
    """That stated scores are those that the paths give.

    Raises:
        SubmissionError: one differs, is missing or is too many; the message names it.
    """
    own, known = (dict(leaves(each.model_dump(), "scores")) for each in (stated, recomputed))
    for field in sorted(own.keys() | known.keys()):
        value, right = own.get(field), known.get(field)
        if field not in own or field not in known or not _same(value, right):
            raise SubmissionError(
                f"is {shown(value)}, the submitted paths give {shown(right)}", field=field
            )


def _score(realism: Realism) -> Score:
    estimate = plain(realism.estimate) or {"value": None, "low": None, "high": None}
    return Score(**estimate, applicable=realism.applicable)


def _same(value: object, known: object) -> bool:
    if isinstance(value, float) and isinstance(known, float):
        return math.isclose(value, known, rel_tol=CLOSE, abs_tol=CLOSE)
    return value == known
