from __future__ import annotations

import subprocess
import sys

import pytest

from synact_bench.core.experiments import PRESETS
from synact_bench.run import options
from tests.helpers.commands import invoke

SHARED = ("TESTBED", "PRESET", "GENERATOR", "SEED", "RUNS", "TEXT")
COMMAND_LINE = ("OFFICIAL", "DIAGNOSTIC")
"""For whoever runs a whole board."""


def words(text: str) -> str:
    """Without the frames and line ends of a help page."""
    return "".join(character for character in text if character.isalnum())


def test_presets_are_described_as_they_are_declared() -> None:
    for preset in PRESETS.values():
        sizes = f"{preset.bases} bases, {preset.refined} of them on {preset.points} points"
        assert f"{preset.name} ({sizes})" in options.PRESET


@pytest.mark.parametrize("name", [*SHARED, *COMMAND_LINE])
def test_the_command_line_shows_them(
    name: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    assert invoke("run", "--help") == 0
    assert words(getattr(options, name)) in words(capfd.readouterr().out)


def test_pytest_shows_them(pytester: pytest.Pytester) -> None:
    shown = words(pytester.runpytest_inprocess("--help").stdout.str())
    for name in SHARED:
        assert words(getattr(options, name)) in shown
    for option in ("--seed", "--text", "--runs"):
        assert words(f"--synact{option[1:]}") in shown


def test_they_cost_neither_torch_nor_typer() -> None:
    code = "import sys, synact_bench.run.options; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "typer", "pydantic"} & set(done.stdout.split())
