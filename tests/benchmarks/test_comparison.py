from __future__ import annotations

import pytest

from benchmarks.comparison import Comparison, Rate
from benchmarks.memory import Memory
from benchmarks.peak import Peak

SLOW = Rate(points=200, seconds=4.0, memory=Memory(100.0, 900.0))
FAST = Rate(points=2000, seconds=2.0, memory=Memory(100.0, 300.0))


def comparison(**rates: Rate) -> Comparison:
    peak = Peak([(2, 2, 2)], flop_per_second=4e9, found="square")
    return Comparison("slow", 2_000_000, peak, rates)


def test_rows_are_compared_with_the_anchor_and_the_roof():
    table = comparison(slow=SLOW, fast=FAST).table()
    slow, fast = table.rows
    assert slow == {
        "way": "slow",
        "points_per_second": 50.0,
        "ms_per_point": 20.0,
        "ratio": 1.0,
        "roofline_share": pytest.approx(0.025),
        "opened_MiB": 100.0,
        "peak_MiB": 900.0,
    }
    assert fast["ratio"] == 20.0
    assert fast["roofline_share"] == pytest.approx(0.5)
    assert fast["ms_per_point"] == 1.0
    assert table.facts["peak_GFLOP_per_second"] == 4.0
    assert table.facts["MFLOP_per_point"] == 2.0


def test_without_the_anchor_there_is_no_ratio():
    (row,) = comparison(fast=FAST).table().rows
    assert row["ratio"] is None
    assert row["points_per_second"] == 1000.0
