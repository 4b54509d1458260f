"""Faults that are made to happen, and how many of each were: told at the end of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PREFIX = "fault: "
"""Of the properties of a test that are told."""


@pytest.fixture
def told(record_property: Callable[[str, object], None]) -> Callable[[str, str], None]:
    """Tells how many faults of a kind were made to happen, and what became of them."""
    return lambda kind, outcome: record_property(f"{PREFIX}{kind}", outcome)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The counts of all tests that passed, a line each."""
    found = [
        (name.removeprefix(PREFIX), outcome)
        for report in terminalreporter.getreports("passed")
        for name, outcome in report.user_properties
        if name.startswith(PREFIX)
    ]
    if found:
        terminalreporter.section("faults made to happen")
        for kind, outcome in sorted(found):
            terminalreporter.line(f"{kind}: {outcome}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a file system of its own at a folder, with the given options; again with others."""
    place = tmp_path / "disk"

    def mounted(options: str) -> Path:
        again = place.exists()
        place.mkdir(exist_ok=True)
        wanted = f"remount,{options}" if again else options
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", wanted, "tmpfs", str(place)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"no file system can be mounted: {done.stderr.strip()}")
        return place

    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount a file system, on Linux")
    yield mounted
    if place.exists():
        subprocess.run(["umount", "--lazy", str(place)], check=False)
