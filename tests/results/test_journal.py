from __future__ import annotations

import os
import platform
import re
from pathlib import Path

import pytest

from synact_bench.core.errors import RecordError
from synact_bench.core.untrusted import reading
from synact_bench.results.journal import FOLDER, Journal, lines
from tests.helpers.disks import read_only


def test_lines_of_all_processes_are_read_back(tmp_path: Path) -> None:
    one, other = Journal(tmp_path), Journal(tmp_path)
    assert [*lines(tmp_path)] == []
    one.note("cell", row="mean", seconds=1.5)
    other.note("cell", row="real", seconds=None)
    one.note("ended", failed=0)
    found = [{**each} for each in lines(tmp_path)]
    times = [each.pop("time") for each in found]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", each) for each in times)
    assert found == [
        {"v": 1, "event": "cell", "row": "mean", "seconds": 1.5},
        {"v": 1, "event": "ended", "failed": 0},
        {"v": 1, "event": "cell", "row": "real", "seconds": None},
    ]
    files = [*(tmp_path / FOLDER).glob("*.jsonl")]
    assert len(files) == 2
    assert not [each for each in files if platform.node() in each.name]


def test_what_is_no_line_of_this_version_is_passed_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.note("started")
    (file,) = (tmp_path / FOLDER).iterdir()
    strange = b'{"v": 2, "event": "x"}\n[1]\n{"v": 1}\n\xff\n' + b"[" * 10_000 + b'\n{"v": 1, "ev'
    file.write_bytes(file.read_bytes() + strange)
    assert [each["event"] for each in lines(tmp_path)] == ["started"]


def test_a_folder_that_may_only_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_only(monkeypatch, tmp_path)
    with pytest.raises(RecordError, match="cannot be written"):
        Journal(tmp_path).note("started")


def test_lines_wait_for_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    journal = Journal(folder)
    journal.note("started")
    journal.note("opened")
    assert not folder.exists()
    folder.mkdir()
    journal.note("cell")
    assert [each["event"] for each in lines(folder)] == ["started", "opened", "cell"]


def test_a_log_that_cannot_be_read_or_has_no_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Journal(tmp_path).note("started")
    monkeypatch.setattr(reading, "LOG", 10)
    with pytest.raises(RecordError, match="more than 10 bytes; delete it"):
        list(lines(tmp_path))
    (folder := tmp_path / "b" / FOLDER).mkdir(parents=True)
    (folder / "x.jsonl").mkdir()
    with pytest.raises(RecordError, match="it is a folder"):
        list(lines(tmp_path / "b"))
    (folder / "x.jsonl").rmdir()
    os.mkfifo(folder / "x.jsonl")
    with pytest.raises(RecordError, match="it is a pipe"):
        list(lines(tmp_path / "b"))
