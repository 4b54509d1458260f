from __future__ import annotations

import json
from pathlib import Path

import pytest

from synact_bench.core.experiments import CONTROLS, EXPERIMENTS, LADDER
from synact_bench.generators import BUILTINS
from synact_bench.reports import publish
from synact_bench.results.store import OLDER, Store, encode
from synact_bench.run import runner
from synact_bench.testbeds.spec import Testbed
from tests.helpers.cells import planned_cells
from tests.helpers.commands import invoke
from tests.helpers.faulty import plugin
from tests.helpers.shipping import identified, stored

RUN = ("run", "--testbed", "tiny", "--preset", "smoke")
FIRST = "tiny: loading libraries, then looking for stored cells"
MADE = sum(name in BUILTINS for name in CONTROLS)
"""Controls that a generator makes: they are part of every run."""


def test_missing_cells_are_measured_and_the_board_is_shown_and_written(
    opened_once: Testbed, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    own = plugin(tmp_path, track="unconditional")
    assert invoke(*RUN, "--runs", tmp_path, "--generator", own, "--generator", "isotropic") == 0
    said = capfd.readouterr()
    folder = tmp_path / "tiny" / "smoke" / "seed-0"
    assert said.err == ""
    lines = said.out.splitlines()
    cells = planned_cells(MADE + 1)
    made = [name for name in CONTROLS if name in BUILTINS]
    assert {*lines[4 : 5 + MADE]} == {f"fitting {name}" for name in (*made, "faulty")}
    assert lines[:4] == [
        FIRST,
        f"{folder}: 0 cells reused, {cells} to measure",
        "trying faulty on random activations",
        "opening tiny: model, dictionary and prompts",
    ]
    begun = lines[5 + MADE : 5 + MADE + cells]
    assert begun[0] == f"1/{cells} real sensitivity relative"
    assert begun[-1] == f"{cells}/{cells} faulty plateau scaled"
    assert lines[-3:] == [
        "drawing figures and pages",
        f"wrote {folder / 'LEADERBOARD.md'} and the page of this run:",
        str(folder / "page" / "index.html"),
    ]
    assert "plateau/scaled: l2" in (folder / "page" / "generators" / "faulty.html").read_text()
    assert "8 prompts: it runs; nothing can be read off" in lines
    for row in ("faulty", *CONTROLS):
        assert any(line.startswith(f"{row} ") for line in lines[5 + MADE + cells :])
    assert "faulty" in (folder / "LEADERBOARD.md").read_text(encoding="utf-8")
    assert (folder / "scores.json").is_file()
    assert len(list(folder.glob("*.parquet"))) == cells


@pytest.mark.usefixtures("no_figures")
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
    cells = planned_cells(len(BUILTINS))
    assert f"{cells} cells reused, 0 to measure" in capfd.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in full_run.rglob("*--*")} == before


def test_cells_of_the_engine_before_are_archived_in_a_line(
    full_run: Path,
    tiny_catalog: Testbed,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "prepare", lambda *_, **__: pytest.fail("opened the model"))
    monkeypatch.setattr(publish, "write", lambda *_: None)  # figures take their time
    folder = full_run / "tiny" / "smoke" / "seed-0"
    cells = planned_cells(len(BUILTINS))
    for cell in stored(full_run):
        before = identified(cell, engine="adaptive@1")
        Store(folder).write(before.record, encode(before.table))
    assert invoke("board", folder, "--out", tmp_path / "out") == 0
    assert "(engine adaptive@1 is adaptive@2 now)" in " ".join(capfd.readouterr().out.split())
    assert invoke(*RUN, "--runs", full_run) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[:3] == [
        FIRST,
        f"{folder / OLDER}: {cells} cells of another engine than adaptive@2 were moved there: they "
        "cannot stand on one board with it",
        f"{folder}: {cells} cells reused, 0 to measure",
    ]
    assert invoke("board", folder / OLDER, "--out", tmp_path / "out") == 0
    assert "archive" not in capfd.readouterr().out


def test_a_board_of_one_generator_shows_the_stored_rows_too(
    full_run: Path,
    tiny_catalog: Testbed,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publish, "write", lambda *_: None)  # figures take their time
    assert invoke(*RUN, "--runs", full_run, "--generator", "mean") == 0
    out = capfd.readouterr().out
    assert f"{planned_cells(MADE)} cells reused, 0 to measure" in out
    assert "synthetic-structured" in out


@pytest.mark.usefixtures("no_figures")
def test_own_text_goes_to_a_folder_of_its_own(
    opened_once: Testbed, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = opened_once.text.path
    assert invoke(*RUN, "--runs", tmp_path, "--text", text, "--generator", "gaussian") == 0
    (folder,) = tmp_path.iterdir()
    assert folder.name == f"tiny-text-{opened_once.text.sha256[:8]}"
    assert (folder / "smoke" / "seed-0" / "LEADERBOARD.md").is_file()


@pytest.mark.usefixtures("no_figures")
def test_an_official_run_keeps_its_seed_and_says_so(
    opened_once: Testbed, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = (*RUN, "--runs", tmp_path, "--official", "--generator", "mean")
    assert invoke(*asked) == 0
    folder = tmp_path / "tiny" / "smoke" / "official"
    cells = planned_cells(MADE)
    start = f"{folder}: official seed drawn, 0 cells reused, {cells} to measure"
    assert capfd.readouterr().out.splitlines()[1] == start
    seed = json.loads((folder / "seed.json").read_text(encoding="utf-8"))["seed"]
    record = json.loads(next(folder.glob("mean--*.json")).read_text(encoding="utf-8"))
    assert (record["split"], record["identity"]["seed"]) == ("official", seed)
    assert f"official seed {seed}" in (folder / "LEADERBOARD.md").read_text(encoding="utf-8")
    assert invoke(*asked) == 0
    start = f"{folder}: official seed reused, {cells} cells reused, 0 to measure"
    assert capfd.readouterr().out.splitlines()[1] == start


@pytest.mark.usefixtures("no_figures")
def test_a_run_of_few_documents_shows_scores_and_no_rank(
    full_run: Path, tiny_catalog: Testbed, capfd: pytest.CaptureFixture[str]
) -> None:
    assert invoke(*RUN, "--runs", full_run) == 0
    said = capfd.readouterr().out
    table = [line for line in said.splitlines() if line.startswith("|")]
    assert all(line.split("|")[1].strip() == "" for line in table[2:])
    assert "[" not in "".join(table)
    page = (full_run / "tiny" / "smoke" / "seed-0" / "LEADERBOARD.md").read_text(encoding="utf-8")
    assert "No intervals and no ranks" in " ".join(page.split())


def test_controls_of_the_instrument_are_measured_on_demand_and_change_no_board(
    full_run: Path,
    opened_once: Testbed,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publish, "write", lambda *_: None)  # figures take their time
    assert invoke(*RUN, "--runs", full_run) == 0
    plain = capfd.readouterr().out.splitlines()[2:]
    assert invoke(*RUN, "--runs", full_run, "--diagnostic") == 0
    said = capfd.readouterr().out.splitlines()
    drawn = sum(len(each.draws) for each in EXPERIMENTS.values())
    further = 3 * (drawn + 2 * MADE) + 3 * len(LADDER)
    assert said[1].endswith(f"{planned_cells(len(BUILTINS))} cells reused, {further} to measure")
    assert said[-len(plain) :] == plain
    assert len(said) == 3 + MADE + len(LADDER) + further + len(plain)
    stored = {path.name.split("--")[0] for path in full_run.rglob("*.parquet")}
    assert set(LADDER) <= stored


def test_the_board_is_shown_before_figures_and_pages_are_made(
    full_run: Path,
    tiny_catalog: Testbed,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def write(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(publish, "write", write)
    assert invoke(*RUN, "--runs", full_run) == 130
    said = capfd.readouterr()
    assert "\nsynthetic-structured " in said.out
    assert said.out.splitlines()[-1] == "drawing figures and pages"
    assert "to go on from there: synact-bench run --testbed tiny" in said.err


def test_of_a_single_row_its_own_page_is_named(
    full_run: Path,
    tiny_catalog: Testbed,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publish, "write", lambda *_: None)  # figures take their time
    assert invoke(*RUN, "--runs", full_run, "--generator", "mean") == 0
    page = Path(capfd.readouterr().out.splitlines()[-1])
    assert page == full_run / "tiny" / "smoke" / "seed-0" / "page" / "generators" / "mean.html"
    assert "<h1><bdi>mean</bdi></h1>" in page.read_text(encoding="utf-8")
    assert (page.parents[1] / "index.html").is_file()
