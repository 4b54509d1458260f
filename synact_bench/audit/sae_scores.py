"""Scores of an SAE: every number by which the benchmark can rank dictionaries, to be audited."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from synact_bench.core.errors import RecordError
from synact_bench.reports.archive import part
from synact_bench.reports.board import scored
from synact_bench.reports.comparable import arrange
from synact_bench.reports.dictionaries import RECONSTRUCTION, Scored
from synact_bench.reports.scored_cells import ScoredCells
from synact_bench.results.store import Cell
from synact_bench.scoring import Estimate, Realism
from synact_bench.scoring.realism import known, median_realism
from synact_bench.scoring.resampling import FEWEST_DOCUMENTS, REPLICATES

MEDIAN = "median of compositions"
"""What ``run --sae A --sae B`` ranks by."""
EXPLAINED = "explained variance"
"""No score of ours: shown beside them, for what it tells of the same dictionaries."""
SIZES = (50, 100, 200, 272, 400, 800)
"""Bases of the nested subsets; the first 272 are those of the preset quick."""


@dataclass(frozen=True, eq=False)
class FirstBases:
    """Scores on the first bases.

    Attributes:
        documents: that these bases are of.
        scores: by name of the score.
    """

    documents: int
    scores: Mapping[str, Estimate]


def scores(one: Scored, compositions: Collection[str]) -> dict[str, Estimate]:
    """Scores of a dictionary by their names, from its board; those that do not exist are left out.

    Raises:
        RecordError: the board lacks a composition.
    """
    rows = {row.name: row.realism for row in one.board.rows}
    lacking = [name for name in (*compositions, RECONSTRUCTION) if name not in rows]
    if lacking:
        raise RecordError(
            f"has no row of {', '.join(lacking)}",
            where=f"the board of {one.name}",
            fix="run the benchmark first",
        )
    found = _named(rows, compositions)
    return found | {EXPLAINED: Estimate(one.latents.explained_variance)}


def nested(
    cells: Iterable[Cell],
    compositions: Collection[str],
    *,
    sizes: Collection[int] = SIZES,
    replicates: int = REPLICATES,
) -> dict[int, FirstBases]:
    """Scores of a dictionary on the first bases, by their number: rising, all bases left out.

    The bases of a smaller preset are the first of a larger one's, and so are their partners. What a
    generator makes for them is not: most draw for all bases at once. On the first 272 of 1200 bases
    a score is therefore not the one that the preset quick gives, but one as good. Numbers of bases
    that are of fewer than 20 documents are left out.

    Raises:
        RecordError: the cells cannot stand on one board.
    """
    curves = ScoredCells.of(scored(arrange(part(cells)[0])))
    rows = (*compositions, RECONSTRUCTION)
    whole = max((int(each.bases.max()) for each in curves.references.values()), default=-1) + 1
    found = {}
    for size in sorted(sizes):
        first = _first(curves, size)
        if size >= whole or len(first.documents) < FEWEST_DOCUMENTS:
            continue
        realisms = {
            name: each.overall for name, each in first.realism(rows, replicates=replicates).items()
        }
        if {*rows} <= realisms.keys():
            found[size] = FirstBases(len(first.documents), _named(realisms, compositions))
    return found


def _named(realisms: Mapping[str, Realism], compositions: Collection[str]) -> dict[str, Estimate]:
    """What there is of the scores; a single composition is its own median."""
    parts = {name: realisms[name] for name in compositions}
    own = parts if len(parts) > 1 else {}
    named = {MEDIAN: median_realism(parts), RECONSTRUCTION: realisms[RECONSTRUCTION], **own}
    return known(named)


def _first(curves: ScoredCells, bases: int) -> ScoredCells:
    """The paths from the first bases alone; the scale is that of all."""
    references = {
        cell: each.on(each.bases[each.bases < bases]) for cell, each in curves.references.items()
    }
    left = {name for each in references.values() for name in each.documents}
    return replace(
        curves,
        samples={
            cell: {name: each.where(np.less(each.bases, bases)) for name, each in rows.items()}
            for cell, rows in curves.samples.items()
        },
        references=references,
        documents=tuple(one for one in curves.documents if one in left),
    )
