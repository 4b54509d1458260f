from __future__ import annotations

import re
import time
from types import SimpleNamespace
from typing import Any

import pytest

from synact_bench.run import cost
from synact_bench.run.cost import Costs
from synact_bench.run.progress import Bar

CELLS: Any = [
    SimpleNamespace(identity=SimpleNamespace(id=name, cell=("plateau", "scaled")), points=156)
    for name in ("one", "two", "three")
]
REQUEST: Any = SimpleNamespace(folder=None, options=SimpleNamespace(workers=1))


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Three cells of which nothing is known."""
    monkeypatch.setattr(cost, "known", lambda *_: Costs("nothing"))
    monkeypatch.setattr("synact_bench.run.pace.summaries", lambda _: {})
    return [(REQUEST, CELLS)]


def test_it_counts_the_points_of_all_cells(parts: Any, capfd: pytest.CaptureFixture[str]) -> None:
    with Bar(parts, shown=True) as bar:
        for each in CELLS:
            bar.started(f"mine plateau {each.identity.id}")
            bar.advanced(156)
            bar.finished(each.identity)
    said = capfd.readouterr()
    assert said.out == ""
    assert "measuring mine plateau three: 100%" in said.err
    assert "468/468 points" in said.err


def test_a_cell_counts_whole_once_whatever_of_it_was_told(
    parts: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    with Bar(parts, shown=True) as bar:
        bar.started("one")
        bar.advanced(100)  # of pairs of which some were dropped
        bar.finished(CELLS[0].identity)
        bar.finished(CELLS[0].identity)
    assert "| 156/468 points" in capfd.readouterr().err.splitlines()[-1]


def test_a_row_that_failed_is_counted_no_more(
    parts: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    with Bar(parts, shown=True) as bar:
        bar.started("one")
        bar.finished(CELLS[0].identity)
        bar.left_out(each.identity for each in CELLS[:2])
    assert "| 156/312 points" in capfd.readouterr().err.splitlines()[-1]


def test_before_measuring_the_phase_is_named_and_nothing_else(
    parts: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    with Bar(parts, shown=True) as bar:
        bar.preparing("opening model")
        bar.preparing("fitting mine")
        said = capfd.readouterr().err
        assert "opening model" in said
        assert "fitting mine" in said
        assert "%" not in said
        bar.started("mine")
        assert "measuring mine:   0%" in capfd.readouterr().err


def test_rate_and_time_left_are_of_measuring_alone(
    parts: Any, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with Bar(parts, shown=True) as bar:
        bar.preparing("opening model")
        now += 850
        bar.started("one")
        now += 10
        bar.finished(CELLS[0].identity)
        bar.started("two")
    assert "156/468 points [16/s, 20 s left]" in capfd.readouterr().err


def test_it_can_be_silent(parts: Any, capfd: pytest.CaptureFixture[str]) -> None:
    with Bar(parts, shown=False) as bar:
        bar.started("mine plateau scaled")
        bar.advanced(312)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal_and_the_time_left_is_seen(
    parts: Any,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
) -> None:
    monkeypatch.setattr("tqdm.std._screen_shape_wrapper", lambda: lambda _: (columns - 1, 39))
    what = "synthetic-structured-other sensitivity relative, and much more that is far too long"
    with Bar(parts, shown=True) as bar:
        bar.preparing(f"opening {what}: model, dictionary and prompts")
        bar.started(f"{what}\x1b[2J")
        monkeypatch.setattr(type(bar), "_said", lambda _: " [123/s, 1:23 h left]")
        bar.advanced(100)
        bar.finished(CELLS[0].identity)
    drawn = [each.rstrip() for each in re.split("[\r\n]", capfd.readouterr().err)]
    assert max(map(len, drawn)) + len("^C") < columns
    assert any(each.startswith("opening synthetic-") and each.endswith("…") for each in drawn)
    assert any(each.endswith("[123/s, 1:23 h left]") for each in drawn)
    assert not any("\x1b[2J" in each for each in drawn)
