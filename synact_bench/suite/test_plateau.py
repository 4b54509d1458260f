"""Plateau: from what a generator makes, transplanted into a prompt, toward a Gaussian sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:  # pytest collects the suite without the libraries of stored cells
    from synact_bench.results.store import Cell


@pytest.mark.synact_experiment("plateau")
def test_plateau(synact_cell: Cell) -> None:
    """A cell is whole: every base has a path or was dropped, and every path a plateau."""
    record, table = synact_cell.record, synact_cell.table
    assert record.status == "ok", record.reason
    assert record.paths + record.dropped == record.identity.bases
    assert np.all(table.curves.l2[:, 0] == 0)
    widths = synact_cell.sample.values["plateau_width"].values
    assert ((widths > 0) & (widths <= 1)).all()
