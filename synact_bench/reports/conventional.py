"""Conventional measures of arranged cells: of rows, and of the draws of real."""

from __future__ import annotations

from synact_bench.core.conventional import CONVENTIONAL, PLACE
from synact_bench.reports.comparable import Cells
from synact_bench.results.record import Conventional
from synact_bench.scoring import CellName


def conventional(cells: Cells) -> dict[str, Conventional]:
    """By row, what was measured by the present definition; another is not comparable with it."""
    rows = cells.get(CellName(*PLACE), {})
    found = {name: cell.record.conventional for name, cell in rows.items()}
    return {
        name: each
        for name, each in found.items()
        if each is not None and each.definition == CONVENTIONAL
    }
