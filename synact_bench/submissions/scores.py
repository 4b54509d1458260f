"""Scores of a submission: recomputed from its paths and the published reference rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from synact_bench.core.experiments import GAUSSIAN, REAL
from synact_bench.metrics import metrics_for
from synact_bench.reports.board import compared, scored
from synact_bench.reports.comparable import Cells, arrange
from synact_bench.reports.json_export import plain
from synact_bench.reports.scored_cells import ScoredCells
from synact_bench.results.store import Cell
from synact_bench.scoring import Estimate, Resampling
from synact_bench.scoring.resampling import REPLICATES
from synact_bench.scoring.scores import estimated
from synact_bench.submissions.card_file import StatedScore, StatedScores
from synact_bench.submissions.hygiene import leaves
from synact_bench.submissions.refusal import SubmissionError, shown

NEEDED = frozenset((*REAL, GAUSSIAN))
"""Rows of the reference: draws of real, and Gaussian samples, which give the scale where records
state no frozen one."""
CLOSE = 1e-4
"""Difference, absolute or relative, that another machine's arithmetic may make."""


def scores(
    own: Sequence[Cell], reference: Sequence[Cell], *, replicates: int = REPLICATES
) -> StatedScores:
    """What one row scores: as on a board, where no row's score depends on any other's.

    Args:
        own: the row's cells.
        reference: published cells; those of ``NEEDED`` rows are used.
        replicates: of the bootstrap.

    Raises:
        RecordError: the cells cannot be compared with the reference.
    """
    given = [cell for cell in reference if cell.record.identity.generator.name in NEEDED]
    cells = scored(arrange([*given, *own]))
    name = own[0].record.identity.generator.name
    curves = ScoredCells.of(cells)
    found = curves.realism([name], replicates=replicates).get(name, curves.unmeasured())
    return StatedScores(
        overall=_score(found.overall.estimate),
        by_experiment={each: _score(one.estimate) for each, one in found.by_experiment.items()},
        by_part={each: _score(one.estimate) for each, one in found.parts.items()},
        by_cell={"/".join(cell): _score(one.rho) for cell, one in found.cells.items()},
        distances=_distances(name, cells, curves.bootstrap(replicates)),
    )


def check(stated: StatedScores, recomputed: StatedScores) -> None:
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


def _distances(
    name: str, cells: Cells, resampling: Resampling
) -> dict[str, dict[str, StatedScore]]:
    """How far each metric of a row is from real, as on a board."""
    comparison = compared(cells)
    found = {}
    for cell, rows in comparison.samples.items():
        if name not in rows:
            continue
        row = rows[name]
        reference = comparison.reference(cell, row)
        found["/".join(cell)] = {
            each: _score(estimated(metric, reference, row, resampling))
            for each, metric in metrics_for(*cell).items()
        }
    return found


def _score(estimate: Estimate | None) -> StatedScore:
    return StatedScore(**(plain(estimate) or {"value": None, "low": None, "high": None}))


def _same(value: object, known: object) -> bool:
    if isinstance(value, float) and isinstance(known, float):
        return math.isclose(value, known, rel_tol=CLOSE, abs_tol=CLOSE)
    return value == known
