from __future__ import annotations

import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from synact_bench.cli.progress import PrintedBar, Steps
from synact_bench.cli.stopping import StoppedError
from synact_bench.core.experiments import PRESETS
from synact_bench.run import cost, plan
from synact_bench.run.cost import Costs
from synact_bench.testbeds import spec


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two cells of a run of which nothing was measured before."""
    monkeypatch.setattr(cost, "known", lambda *_: Costs("nothing"))
    options = SimpleNamespace(workers=1)
    request = SimpleNamespace(folder=Path("runs/mine"), options=options)
    wanted = plan.wanted(spec.find("smollm2-135m"), PRESETS["smoke"], 0, plan.entries([]))
    return [(request, wanted[:2])]


def test_without_a_terminal_each_phase_and_each_cell_is_a_line(
    parts: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    ((_, cells),) = parts
    with PrintedBar(parts) as bar:
        bar.preparing("opening it")
        for name, cell in zip(("one", "two"), cells, strict=True):
            bar.started(name)
            bar.finished(cell.identity)
    said = capsys.readouterr()
    assert said.out == "opening it\n1/2 one\n2/2 two\n"
    assert said.err == ""


def test_without_a_terminal_a_long_run_says_how_far_it_is_and_how_long_it_takes(
    parts: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    ((_, cells),) = parts
    with PrintedBar(parts) as bar:
        now += 850  # of opening, which says nothing of measuring
        bar.started("one")
        bar.advanced(204)
        now += 100
        bar.advanced(204)
        bar.advanced(0)
        bar.finished(cells[0].identity)
        bar.started("two")
    said = capsys.readouterr().out
    assert said == "1/2 one\n  50 % of all points (2 min left)\n2/2 two (2 min left)\n"


def test_on_a_terminal_one_bar_names_phases_and_counts_points(
    parts: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with PrintedBar(parts) as bar:
        bar.preparing("opening it")
        opening = capsys.readouterr().err
        assert "opening it" in opening
        assert "%" not in opening
        bar.started("one")
        bar.advanced(136)
    said = capsys.readouterr()
    assert said.out == ""
    assert "measuring one: " in said.err
    assert "136/816 points" in said.err
    assert said.err.endswith("\n")


@pytest.mark.parametrize("stored", [0, 1])
def test_an_interrupt_says_how_many_cells_are_kept_and_where(parts: Any, stored: int) -> None:
    ((_, cells),) = parts

    def interrupted() -> None:
        with PrintedBar(parts) as bar:
            for each in cells[:stored]:
                bar.started("one")
                bar.finished(each.identity)
            raise KeyboardInterrupt

    with pytest.raises(StoppedError) as stopped:
        interrupted()
    assert stopped.value.kept == (
        f"{stored} of the 2 cells that were missing are measured and kept in runs/mine"
    )


@pytest.mark.parametrize("printed", [True, False])
def test_steps_are_lines_where_there_is_no_terminal_and_they_are_wanted(
    printed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = Steps(2, printed=printed)
    for name in ("one", "two"):
        steps.started(name)
    steps.done()
    said = capsys.readouterr()
    assert said.out == "1/2 one\n2/2 two\n" * printed
    assert said.err == ""


def test_steps_are_a_bar_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    steps = Steps(2, printed=True)
    for name in ("one", "two"):
        steps.started(name)
    said = capsys.readouterr()
    steps.done()
    assert said.out == ""
    assert "two: " in said.err
    assert "1/2" in said.err
