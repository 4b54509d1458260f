from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from synact_bench.core.errors import RecordError
from synact_bench.reports import publish
from tests.helpers import boards, cells

GIVEN = cells.whole_board(cells.FEW)


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_board_is_published_with_equal_bytes_every_time(tmp_path: Path) -> None:
    board = boards.few()
    publish.write(board, GIVEN, tmp_path / "a")
    publish.write(board, iter(GIVEN), tmp_path / "b")
    first = files_in(tmp_path / "a")
    assert first == files_in(tmp_path / "b")
    assert first["scores.json"].decode() == board.to_json()
    page = first["LEADERBOARD.md"].decode()
    for name in first:
        assert (f"]({name})" in page) is name.startswith("figures/")
    assert len(first) == 9


def test_cells_that_are_on_no_board_are_left_out_of_the_files(tmp_path: Path) -> None:
    beside = [
        *cells.whole_board(["ladder-1"]),
        *(cells.cell(name, "plateau", "spherical") for name in cells.FEW),
        cells.cell("mine", "sensitivity@0"),
    ]
    publish.write(boards.few(), GIVEN, tmp_path / "a")
    publish.write(boards.few(), [*beside, *GIVEN], tmp_path / "b")
    assert files_in(tmp_path / "a") == files_in(tmp_path / "b")


def test_a_full_disk_leaves_the_older_board(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scores.json").write_text("older")
    given = [cells.cell(name, path="matched") for name in cells.FEW]
    board = boards.built(given)
    calls = iter(range(1, 100))

    def fsync(_descriptor: int) -> None:
        if next(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(RecordError, match="No space left"):
        publish.write(board, given, tmp_path)
    assert files_in(tmp_path) == {"scores.json": b"older"}


def test_the_leaderboard_loads_no_model_library() -> None:
    code = """
import pkgutil, sys
import synact_bench.reports as package
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    __import__(module.name)
assert "synact_bench.reports.figures" in sys.modules
heavy = ("torch", "transformers", "transformer_lens", "sae_lens", "matplotlib.pyplot",
         "synact_bench.models.subject", "synact_bench.generators", "synact_bench.run")
print(sorted(set(heavy) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
