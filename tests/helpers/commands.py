"""The command line, run inside the test's own process."""

from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.cli import main


def invoke(*arguments: object) -> int:
    """Run ``synact-bench`` with the arguments and return its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["synact-bench", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
    code = stopped.value.code
    assert code is None or isinstance(code, int)
    return code or 0


def refused(capfd: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The one line that a refused command says."""
    capfd.readouterr()
    assert invoke(*arguments) == 2
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("synact-bench: ")
    return lines[0]


def whole_cells(folder: Path) -> int:
    """Number of cells in a run folder that holds nothing else but a log, or that is not there."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.parent.name != "log")
    names = sorted(path.name for path in files)
    stems = [name.removesuffix(".json") for name in names if name.endswith(".json")]
    assert names == sorted(f"{stem}{end}" for stem in stems for end in (".json", ".parquet"))
    return len(stems)
