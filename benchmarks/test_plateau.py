"""Plateau: from what a generator makes, transplanted into a prompt, toward a Gaussian sample."""

import numpy as np
import pytest

from synact_bench.results.store import Cell


@pytest.mark.synact_experiment("plateau")
def test_plateau(synact_cell: Cell) -> None:
    record, table = synact_cell.record, synact_cell.table
    assert record.status == "ok", record.reason
    assert record.paths + record.dropped == record.identity.bases
    assert np.all(table.curves.l2[:, 0] == 0)
    widths = synact_cell.sample.values["plateau_width"].values
    assert ((widths > 0) & (widths <= 1)).all()
