"""The files of cells of ``benchmarks/`` in a folder of their own, on the tiny testbed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.tiny_testbed import Home

ROOT = Path(__file__).parents[2]
TINY = ("--synact-testbed", "tiny", "--synact-preset", "smoke", "-p", "no:cacheprovider")

CONFTEST = """
from pathlib import Path

from synact_bench.testbeds import spec

TINY = spec.Testbed.model_validate_json(Path({declared!r}).read_text(encoding="utf-8"))
spec.catalog = lambda: {{"tiny": TINY}}
spec.baselines = lambda: Path({baselines!r})
"""
"""What the fixture ``tiny_catalog`` does, for processes that it does not reach."""


def copy_suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """Copy the two files."""
    for name in ("sensitivity", "plateau"):
        source = (ROOT / "benchmarks" / f"test_{name}.py").read_text(encoding="utf-8")
        pytester.makepyfile(**{f"test_{name}": source})
    return pytester


def elsewhere(pytester: pytest.Pytester, home: Home, extra: str = "") -> None:
    """Make ``tiny`` the only testbed in other processes too, and run ``extra`` there."""
    declared = pytester.path / "declared.json"
    declared.write_text(home.testbed.model_dump_json(), encoding="utf-8")
    text = CONFTEST.format(declared=str(declared), baselines=str(home.baselines))
    pytester.makeconftest(text + extra)


def run_apart(
    pytester: pytest.Pytester, home: Home, *options: str, path: tuple[Path, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run the suite in a process of its own, with further folders to import from."""
    folders = os.pathsep.join(map(str, (ROOT, *path)))
    environment = os.environ | {
        "PYTHONPATH": folders,
        "SYNACT_CACHE": str(home.cache),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "pytest", *TINY, *options]
    return subprocess.run(
        command,
        cwd=pytester.path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
