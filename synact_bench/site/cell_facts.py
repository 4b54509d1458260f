"""Cell facts: what the cells of a board say on the site, kept when the cells are gone.

Those of many boards do not fit into memory together, and the site shows a fraction of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from synact_bench.core.experiments import REFERENCE
from synact_bench.reports.board import Board, BoardRow
from synact_bench.reports.comparable import Cells
from synact_bench.reports.glance import Glance
from synact_bench.reports.origin import origin
from synact_bench.results.record import Record
from synact_bench.site.curves import at_scored, row_curves
from synact_bench.site.distributions import Histograms, histograms
from synact_bench.site.drawn import CellCurves, CurveFile
from synact_bench.site.model import Facts


@dataclass(frozen=True)
class RowFacts:
    """What the cells of a row say.

    Attributes:
        created: when the newest was measured, to the minute; None for a row that is derived from
            another's cells.
        release: of the package that measured it; empty likewise.
        provenance: of all of them; empty likewise, and for a draw that is no row of the board.
        curves: what is drawn; None where no curve is whole.
        scored: the same at the scored fractions, as a table. Of too few documents there is none.
        histograms: by metric, likewise.
    """

    created: str | None
    release: str
    provenance: Facts
    curves: CurveFile | None
    scored: tuple[CellCurves, ...]
    histograms: Histograms


@dataclass(frozen=True)
class BoardFacts:
    """What the cells of a board say.

    Attributes:
        rows: by name: those of the board, and the draw of real that all are drawn before.
        glance: the plateau and the step; None where they are not seen.
    """

    rows: Mapping[str, RowFacts]
    glance: Glance | None

    @cached_property
    def histograms(self) -> Mapping[str, Histograms]:
        """Those of every row, by name."""
        return {name: each.histograms for name, each in self.rows.items()}

    @classmethod
    def of(cls, board: Board, cells: Cells) -> BoardFacts:
        """Take the facts of cells.

        Args:
            board: built from them.
            cells: arranged.
        """
        rows = {row.name: row for row in board.rows}
        found = {
            name: _row(name, rows.get(name), board, cells)
            for name in dict.fromkeys((REFERENCE, *rows))
        }
        return cls(found, Glance.of(cells) if board.replicates else None)


def _row(name: str, row: BoardRow | None, board: Board, cells: Cells) -> RowFacts:
    records = [rows[name].record for rows in cells.values() if name in rows]
    newest = max(records, key=_created, default=None)
    drawn = row_curves(name, cells, row)
    enough = bool(board.replicates)
    return RowFacts(
        created=None if newest is None else _created(newest),
        release="" if newest is None else _release(newest),
        provenance=() if row is None else _provenance(row, records, cells),
        curves=CurveFile.of(drawn) if drawn.cells else None,
        scored=tuple(map(at_scored, drawn.cells)) if enough else (),
        histograms=histograms(name, cells, points=board.setting.points) if enough else {},
    )


def _provenance(row: BoardRow, records: list[Record], cells: Cells) -> Facts:
    if not records:
        return ()
    made = origin(
        {cell: {row.name: own[row.name]} for cell, own in cells.items() if row.name in own}
    )
    versions = (f"{name} {' or '.join(each)}" for name, each in made.versions.items())
    facts = {
        "measured": f"{min(map(_created, records))} to {max(map(_created, records))}",
        "cells": f"{len(records)}, {sum(each.provenance.seconds for each in records):.0f} s",
        "paths in its smallest cell": str(row.n),
        "dropped pairs": str(row.dropped),
        "model": "; ".join(made.models),
        "SAE": "; ".join(made.saes),
        "text": "; ".join(made.texts),
        "commit": "; ".join(made.commits) or "not known",
        "machine": "; ".join(made.machines),
        "versions": ", ".join(versions),
        "cell ids": ", ".join(each.id[:12] for each in records),
    }
    return tuple(facts.items())


def _release(record: Record) -> str:
    return record.provenance.versions.get("synact-bench", "not known")


def _created(record: Record) -> str:
    return record.provenance.created[:16].replace("T", " ")
