"""Renewal: the baseline that a run would leave behind."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from synact_bench.regression.snapshot import CellKey, CellNumbers, Snapshot
from synact_bench.regression.verdict import Severity, Verdict
from synact_bench.scoring import CellName


def renewed(stored: Snapshot, now: Snapshot, verdicts: Iterable[Verdict]) -> Snapshot:
    """The stored snapshot with what is new or has changed.

    Cells within tolerance keep their stored numbers, so that another machine's rounding changes no
    file; cells that ``now`` does not have are kept too. Of another version of the testbed or engine
    nothing is kept.

    Args:
        stored: the baseline.
        now: a run.
        verdicts: from comparing ``now`` with ``stored``.
    """
    if now.setting != stored.setting:
        return now
    changed: set[tuple[str, CellName | None]] = {
        (each.row, each.cell) for each in verdicts if each.severity is not Severity.SAME
    }
    cells: dict[CellKey, CellNumbers] = dict(stored.cells)
    for key, numbers in now.cells.items():
        row, cell = key
        if changed & {(row, cell), (row, None)}:
            cells[key] = numbers
        else:
            cells[key] = dataclasses.replace(stored.cells[key], generator=numbers.generator)
    return Snapshot(stored.setting, dict(sorted(cells.items())))
