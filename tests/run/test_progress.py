from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from synact_bench.run.progress import Bar

PLANS: Any = [SimpleNamespace(identity=SimpleNamespace(bases=8, refined=2, points=51))] * 2


def test_it_counts_the_points_of_all_cells(capfd: pytest.CaptureFixture[str]) -> None:
    with Bar(PLANS, shown=True) as bar:
        bar.started("mine plateau scaled")
        bar.advanced(312)
    said = capfd.readouterr()
    assert said.out == ""
    assert "mine plateau scaled: 100%" in said.err
    assert "312/312" in said.err


def test_it_can_be_silent(capfd: pytest.CaptureFixture[str]) -> None:
    with Bar(PLANS, shown=False) as bar:
        bar.started("mine plateau scaled")
        bar.advanced(312)
    assert capfd.readouterr() == ("", "")
