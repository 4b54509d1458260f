from __future__ import annotations

import sys
import time

import pytest

from synact_bench.cli.progress import SILENCE, PrintedBar, Steps
from synact_bench.core.experiments import PRESETS
from synact_bench.run import plan
from synact_bench.testbeds import spec


def plans() -> list[plan.CellPlan]:
    return plan.wanted(spec.find("smollm2-135m"), PRESETS["smoke"], 0, plan.entries([]))[:2]


def test_without_a_terminal_each_cell_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with PrintedBar(plans()) as bar:
        bar.preparing("opening it")
        for name in ("one", "two"):
            bar.started(name)
            bar.advanced(136)
    said = capsys.readouterr()
    assert said.out == "opening it\n1/2 one\n2/2 two\n"
    assert said.err == ""


def test_without_a_terminal_a_long_cell_says_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with PrintedBar(plans()) as bar:
        bar.started("one")
        bar.advanced(204)
        now += SILENCE + 1
        bar.advanced(204)
        bar.advanced(204)
    assert capsys.readouterr().out == "1/2 one\n  50 % of all points\n"


def test_on_a_terminal_the_bar_counts_points_and_closes_its_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with PrintedBar(plans()) as bar:
        bar.preparing("opening it")
        assert "opening it:   0%" in capsys.readouterr().err
        bar.started("one")
        bar.advanced(136)
    said = capsys.readouterr()
    assert said.out == ""
    assert "one: " in said.err
    assert "/816 " in said.err
    assert said.err.endswith("\n")


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
