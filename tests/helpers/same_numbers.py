"""Whether two runs measured the same: their bytes differ where other rows were swept together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from synact_bench.results.store import Cell


def refuse_other_numbers(found: Mapping[str, Cell], wanted: Mapping[str, Cell]) -> None:
    """Cells under the same ids, equal on every path: l2 within 1e-5, metrics' steps exactly."""
    assert wanted
    assert found.keys() == wanted.keys()
    for stem, cell in wanted.items():
        other = found[stem]
        assert other.record.id == cell.record.id
        assert other.table.base.tolist() == cell.table.base.tolist()
        mine, theirs = cell.table.curves, other.table.curves
        assert np.array_equal(mine.run, theirs.run)
        for one, two in ((mine.l2, theirs.l2), (mine.kl, theirs.kl)):
            apart = np.linalg.norm(one - two, axis=1)
            assert (apart <= 1e-5 * np.linalg.norm(one, axis=1) + 1e-9).all(), stem
        for name, found_values in cell.sample.values.items():
            value, others = found_values.values, other.sample.values[name].values
            if name.endswith("_step"):
                np.testing.assert_array_equal(others, value)
            else:
                np.testing.assert_allclose(others, value, rtol=1e-4, atol=1e-6)
