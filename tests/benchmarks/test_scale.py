from __future__ import annotations

import pytest

from benchmarks.scale import RowCost, row_cost
from synact_bench.core.errors import SynactError

COST = RowCost("tiny", seconds=36.0, bytes=1e6, fixed=10)


def test_a_layer_is_opened_once_and_has_its_controls() -> None:
    told = COST.grid(2, 3, 5, opening=60.0)
    assert told["rows"] == 2 * 3 * (10 + 5)
    assert told["machine_hours"] == pytest.approx((6 * 60 + 90 * 36) / 3600)
    assert told["gigabytes"] == pytest.approx(0.09)


def test_published_cells_tell_what_a_row_takes() -> None:
    found = row_cost("smollm2-135m-layer15")
    assert 1 < found.seconds < 600
    assert 1e4 < found.bytes < 1e6
    assert 10 <= found.fixed <= 20


def test_a_testbed_without_published_cells_tells_nothing() -> None:
    with pytest.raises(SynactError):
        row_cost("gpt2-small")
