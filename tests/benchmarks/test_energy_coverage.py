from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.energy_coverage import POSITIONS, coverage_rows, found, frozen


def test_rows_lie_where_they_were_put_and_intervals_hold_them() -> None:
    units = frozen(40, 0.2)
    sets = [found(40, 0.2, units=units, rng=np.random.default_rng(place)) for place in range(12)]
    rows: Any = coverage_rows(40, 0.2, sets)
    true = [row["true rho"] for row in rows]
    assert [row["position"] for row in rows] == list(POSITIONS)
    assert true[4] == pytest.approx(1)
    assert true == sorted(true)
    assert all(row["E2"] >= 0.6 for row in rows)
    assert rows[0]["told from real"] <= 0.4
    assert rows[-1]["told from real"] == 1
