from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.generators import BUILTINS
from synact_bench.harness import runner
from synact_bench.leaderboard import publish
from synact_bench.testbeds.spec import Testbed
from tests.helpers.commands import invoke
from tests.helpers.faulty import plugin

RUN = ("run", "--testbed", "tiny", "--preset", "smoke")


def test_missing_cells_are_measured_and_the_board_is_shown_and_written(
    opened_once: Testbed, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    own = plugin(tmp_path, track="unconditional")
    assert invoke(*RUN, "--runs", tmp_path, "--generator", own, "--generator", "isotropic") == 0
    said = capfd.readouterr()
    folder = tmp_path / "tiny" / "smoke" / "seed-0"
    assert said.err == ""
    lines = said.out.splitlines()
    assert lines[0] == f"{folder}: 0 cells reused, 27 to measure"
    assert lines[1] == "1/27 real sensitivity relative"
    assert lines[27] == "27/27 isotropic plateau scaled"
    assert lines[-1] == f"wrote {folder / 'LEADERBOARD.md'}"
    for row in ("gaussian", "faulty", "isotropic"):
        assert any(row in line for line in lines[28:])
    assert "faulty" in (folder / "LEADERBOARD.md").read_text(encoding="utf-8")
    assert (folder / "scores.json").is_file()
    assert len(list(folder.glob("*.parquet"))) == 27


def test_a_second_run_reuses_every_cell_and_never_opens_the_model(
    full_run: Path,
    tiny_catalog: Testbed,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def prepare(*_: object, **__: object) -> None:
        raise AssertionError("the model was opened")

    monkeypatch.setattr(runner, "prepare", prepare)
    before = {path: path.stat().st_mtime_ns for path in full_run.rglob("*--*")}
    assert invoke(*RUN, "--runs", full_run) == 0
    cells = 5 * len(BUILTINS) + 12
    assert f"{cells} cells reused, 0 to measure" in capfd.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in full_run.rglob("*--*")} == before


def test_a_board_of_one_generator_shows_the_stored_rows_too(
    full_run: Path,
    tiny_catalog: Testbed,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publish, "write", lambda *_: None)  # figures take their time
    assert invoke(*RUN, "--runs", full_run, "--generator", "mean") == 0
    out = capfd.readouterr().out
    assert "22 cells reused, 0 to measure" in out
    assert "synthetic-structured" in out


def test_own_text_goes_to_a_folder_of_its_own(
    opened_once: Testbed, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = opened_once.text.path
    assert invoke(*RUN, "--runs", tmp_path, "--text", text, "--generator", "gaussian") == 0
    (folder,) = tmp_path.iterdir()
    assert folder.name == f"tiny-text-{opened_once.text.sha256[:8]}"
    assert (folder / "smoke" / "seed-0" / "LEADERBOARD.md").is_file()
