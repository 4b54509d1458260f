from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from synact_bench.reports import publish
from synact_bench.results.journal import Journal
from synact_bench.results.status import RunStatus
from synact_bench.results.store import encode
from synact_bench.testbeds.spec import Testbed
from tests.helpers import cells
from tests.helpers.commands import invoke, refused
from tests.helpers.faulty import faulty, plugin

Said = pytest.CaptureFixture[str]


def started(folder: Path, *rows: str, version: int = 1, asked: str = "my bed.toml") -> Journal:
    journal = Journal(folder)
    units = [
        {"id": f"tiny/{row}/{version}", "row": row, "cells": [f"{row}--a--b--{version}"]}
        for row in rows
    ]
    journal.note("started", units=units, arguments=["--testbed", asked])
    return journal


def store(folder: Path, row: str) -> None:
    """Any cell in the place of a row's."""
    cell = cells.whole_board(cells.FEW, testbed="toy@1")[0]
    (folder / f"{row}--a--b--1.json").write_text(cell.record.model_dump_json(), encoding="utf-8")
    (folder / f"{row}--a--b--1.parquet").write_bytes(encode(cell.table))


def test_units_are_stored_failed_or_left(tmp_path: Path, capfd: Said) -> None:
    folder = tmp_path / "runs" / "tiny" / "smoke" / "seed-0"
    folder.mkdir(parents=True)
    journal = started(folder, "mean", "bad", "next")
    store(folder, "mean")
    journal.note("cell", unit="tiny/mean/1", row="mean", seconds=2.0, points=300, memory=5 * 10**8)
    journal.note("failed", unit="tiny/bad/1", row="bad", error="generator 'bad': broke; fix it")
    found = RunStatus.of(folder)
    assert [each.row for each in found.failed] == ["bad"]
    assert [each.row for each in found.left] == ["next"]
    assert invoke("status", folder) == 1
    said = capfd.readouterr().out
    assert "1 of 3 units stored, 1 failed, 1 left" in said
    assert "measured for 2 s: 150 points per second, 500 MB at most" in said
    assert "failed: bad: generator 'bad': broke; fix it" in said
    assert "run --testbed 'my bed.toml' --units failed.json" in said
    assert invoke("status", tmp_path / "runs", "--json") == 1
    (testbed,) = json.loads(capfd.readouterr().out)["testbeds"]
    assert [unit["id"] for unit in testbed["units"]] == ["tiny/bad/1"]


def test_what_succeeds_later_has_not_failed(tmp_path: Path, capfd: Said) -> None:
    started(tmp_path, "bad").note("failed", unit="tiny/bad/1", row="bad", error="broke")
    started(tmp_path, "bad")  # under way again
    assert [each.row for each in RunStatus.of(tmp_path).left] == ["bad"]
    store(tmp_path, "bad")
    assert invoke("status", tmp_path) == 0
    assert "1 of 1 units stored, 0 failed, 0 left" in capfd.readouterr().out


def test_a_stopped_run_says_why(tmp_path: Path, capfd: Said) -> None:
    started(tmp_path, "mean").note("stopped", error="the disk: is full; make room")
    assert invoke("status", tmp_path) == 1
    assert "stopped: the disk: is full; make room" in capfd.readouterr().out


def test_a_run_that_was_stopped_is_not_forgotten_for_another_shard(tmp_path: Path) -> None:
    started(tmp_path, "mean").note("stopped", error="KeyboardInterrupt")
    started(tmp_path, "next").note("ended")
    assert RunStatus.of(tmp_path).stopped == ["KeyboardInterrupt"]
    started(tmp_path, "mean")
    assert RunStatus.of(tmp_path).stopped == []


def test_a_unit_of_another_version_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    started(tmp_path, "bad", "mean").note("failed", unit="tiny/bad/1", row="bad", error="broke")
    started(tmp_path, "bad", version=2)
    assert [*RunStatus.of(tmp_path).units] == ["tiny/mean/1", "tiny/bad/2"]


def test_units_of_several_runs_are_run_again_by_their_own_arguments(
    tmp_path: Path, capfd: Said
) -> None:
    for row in ("one", "two"):
        journal = started(tmp_path, row, asked=f"{row}.toml")
        journal.note("failed", unit=f"tiny/{row}/1", row=row, error="broke")
    assert invoke("status", tmp_path) == 1
    said = capfd.readouterr().out.splitlines()
    again = ["  synact-bench run --testbed one.toml", "  synact-bench run --testbed two.toml"]
    assert said[-2:] == again


def test_a_folder_without_a_log_is_refused(tmp_path: Path, capfd: Said) -> None:
    assert "there is no log of a run" in refused(capfd, "status", tmp_path)


def test_what_failed_is_run_again_as_it_says(
    opened_once: Testbed, tmp_path: Path, capfd: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "draw", lambda *_: [])
    monkeypatch.chdir(tmp_path)
    own = faulty(tmp_path, "nan")
    asked = ("run", "--testbed", "tiny", "--preset", "smoke", "--generator", "mean")
    assert invoke(*asked, "--generator", own) == 1
    capfd.readouterr()
    assert invoke("status", "runs") == 1
    lines = capfd.readouterr().out.splitlines()
    again = shlex.split(lines[-1])
    assert again[:2] == ["synact-bench", "run"]
    folder = Path(shlex.split(lines[-2])[2])
    assert invoke("status", folder, "--json") == 1
    (tmp_path / "failed.json").write_text(capfd.readouterr().out, encoding="utf-8")
    assert invoke(*again[1:]) == 2  # nothing that it asks for could be measured
    assert "row faulty on tiny is not measured" in capfd.readouterr().out
    before = len(list(folder.glob("*.parquet")))
    plugin(tmp_path, track="unconditional")  # fixed: another source, so another unit
    assert "names 1 units that this run has not" in refused(capfd, *again[1:])
    assert len(list(folder.glob("*.parquet"))) == before


def test_a_stranger_s_log_steers_no_terminal(tmp_path: Path, capfd: Said) -> None:
    steering = "bad\x1b[2J\u202e"
    started(tmp_path, steering, asked=f"{steering}.toml").note(
        "failed", unit=f"tiny/{steering}/1", row=steering, error=steering
    )
    assert invoke("status", tmp_path) == 1
    said = capfd.readouterr().out
    assert "failed: bad\\x1b[2J\\u202e: bad" in said
    assert all(line.isprintable() for line in said.splitlines())
