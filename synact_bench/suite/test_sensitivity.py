"""Sensitivity: from a prompt's own activation toward what a generator makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:  # pytest collects the suite without the libraries of stored cells
    from synact_bench.results.store import Cell


@pytest.mark.synact_experiment("sensitivity")
def test_sensitivity(synact_cell: Cell) -> None:
    """A cell is whole: every base has a path or was dropped, and every path a step."""
    record, table = synact_cell.record, synact_cell.table
    assert record.status == "ok", record.reason
    assert record.paths + record.dropped == record.identity.bases
    assert np.all(table.curves.l2[:, 0] == 0)
    assert np.isfinite(synact_cell.sample.values["step_sharpness"].defined).all()
