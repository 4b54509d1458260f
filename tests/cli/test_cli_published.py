"""``run --generator`` with no preset named, and ``evaluate``: beside published cells."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

import synact_bench
from synact_bench.cli import across
from synact_bench.core.experiments import CONTROLS
from synact_bench.generators import BUILTINS
from synact_bench.results import pack
from synact_bench.results.store import Cell, Store, encode
from synact_bench.results.table import CellTable
from synact_bench.run import runner
from synact_bench.run.options import RunOptions
from synact_bench.testbeds.spec import Testbed
from tests.helpers.cells import DRAWS
from tests.helpers.commands import invoke, refused
from tests.helpers.faulty import plugin
from tests.helpers.shipping import identified, ship, stored
from tests.helpers.tiny_testbed import Home

pytestmark = pytest.mark.usefixtures("no_figures")
RUN = ("run", "--testbed", "tiny")
SHOWN = {"real-holdout", "real-native", *BUILTINS}
CELLS = ("sensitivity--relative", "sensitivity--matched", "plateau--scaled")


@pytest.fixture(scope="module")
def cells(_full_run: Path) -> list[Cell]:
    """Of every built-in row on ``tiny``, smoke preset."""
    return stored(_full_run)


@pytest.fixture
def home(
    cells: list[Cell], opened_once: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Folder of published packs: one of ``tiny``, with those cells."""
    return ship(cells, "tiny", tmp_path / "home", monkeypatch).parent


def measured(runs: Path) -> list[str]:
    """Cells that were stored, without the marks of their identities."""
    found = sorted(runs.rglob("*.parquet"))
    return [path.stem.rsplit("--", 1)[0] for path in found]


def test_only_the_new_row_is_measured_and_the_board_holds_all(
    home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    own, runs = plugin(tmp_path, track="unconditional"), tmp_path / "runs"
    assert invoke(*RUN, "--runs", runs, "--generator", own) == 0
    said = capfd.readouterr()
    folder = runs / "tiny" / "smoke" / "seed-0"
    lines = said.out.splitlines()
    rows = len(DRAWS) + len(BUILTINS)
    assert lines[:9] == [
        "tiny: loading libraries, then looking for stored cells",
        f"tiny, smoke preset, 8 bases: {rows} published rows are not measured again",
        f"{folder}: 0 cells reused, 3 to measure",
        "trying faulty on random activations",
        "opening tiny: model, dictionary and prompts",
        "fitting faulty",
        "1/3 faulty sensitivity relative",
        "2/3 faulty sensitivity matched",
        "3/3 faulty plateau scaled",
    ]
    own_page = folder / "page" / "generators" / "faulty.html"
    assert lines[-2:] == [
        f"wrote {folder / 'LEADERBOARD.md'} and the page of this run:",
        str(own_page),
    ]
    assert "Curves" in own_page.read_text(encoding="utf-8")
    index = (folder / "page" / "index.html").read_text(encoding="utf-8")
    assert all(f"generators/{name}.html" in index for name in ("faulty", *SHOWN))
    table = [line.split()[0] for line in lines[9:] if line]
    assert {*SHOWN, "faulty"} <= {*table}
    assert measured(runs) == sorted(f"faulty--{cell}" for cell in CELLS)
    page = (folder / "LEADERBOARD.md").read_text(encoding="utf-8")
    assert all(name in page for name in ("faulty", *SHOWN))


def test_its_numbers_are_those_of_a_run_that_measures_everything(
    home: Path, full_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, runs = plugin(tmp_path, track="unconditional"), tmp_path / "new"
    whole = (*RUN, "--generator", own, "--preset", "smoke")
    assert invoke(*whole, "--runs", full_run) == 0
    assert invoke(*RUN, "--generator", own, "--runs", runs) == 0
    place = Path("tiny", "smoke", "seed-0", "scores.json")
    assert (runs / place).read_bytes() == (full_run / place).read_bytes()


def test_a_second_run_measures_nothing(
    home: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own, runs = plugin(tmp_path, track="unconditional"), tmp_path / "runs"
    assert invoke(*RUN, "--runs", runs, "--generator", own) == 0
    monkeypatch.setattr(runner, "prepare", lambda *_, **__: pytest.fail("opened the model"))
    assert invoke(*RUN, "--runs", runs, "--generator", own) == 0
    assert "3 cells reused, 0 to measure" in capfd.readouterr().out


def test_a_published_row_is_shown_without_a_model(
    home: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "prepare", lambda *_, **__: pytest.fail("opened the model"))
    assert invoke(*RUN, "--runs", tmp_path / "runs", "--generator", "synthetic-random") == 0
    out = capfd.readouterr().out
    assert "synthetic-random is one of them, nothing of it is to be measured" in out
    assert "--preset smoke measures it again" in out
    assert measured(tmp_path / "runs") == []


def test_a_suite_measures_the_new_row_alone_on_each_of_its_testbeds(
    home: Path,
    cells: list[Cell],
    tiny_home: Home,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    early = tiny_home.early
    tiny_home.install(monkeypatch, early)
    there = [
        identified(each, testbed=early.identity, testbed_digest=early.digest) for each in cells
    ]
    pack.save(there, home / "tiny-early.parquet")
    suite = tmp_path / "mine.toml"
    named = 'name = "mine"\ntestbeds = ["tiny", "tiny-early"]\n'
    suite.write_text(f'{named}preset = "smoke"\n', encoding="utf-8")
    own, runs = plugin(tmp_path, track="unconditional"), tmp_path / "runs"
    asked = ("run", "--suite", suite, "--runs", runs, "--generator", own)
    assert invoke(*asked) == 0
    assert sorted(measured(runs)) == sorted([f"faulty--{cell}" for cell in CELLS] * 2)
    said = capfd.readouterr().out
    assert said.count("published rows are not measured again") == 2
    table = [line.split("|")[1].split()[0] for line in said.splitlines() if line.startswith("| ")]
    assert {"synthetic-random", "faulty"} <= {*table}
    suite.write_text(f'{named}preset = "quick"\n', encoding="utf-8")  # not as these were measured
    options = RunOptions(generators=(str(own),), runs=runs)
    assert [each.preset for each in across.of_suite(options, str(suite))] == ["quick", "quick"]


def test_cells_that_this_version_would_measure_otherwise_are_refused_in_a_line(
    home: Path, cells: list[Cell], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    older = [identified(each, engine="adaptive@1") for each in cells]
    pack.save(older, home / "tiny.parquet")
    own, runs = plugin(tmp_path, track="unconditional"), tmp_path / "runs"
    said = refused(capfd, *RUN, "--runs", runs, "--generator", own)
    assert "engine is adaptive@1 there and adaptive@2 in this version" in said
    assert "nothing was measured" in said
    assert "--preset quick measures all of it here" in said
    assert not runs.exists()


def test_a_row_that_this_version_would_measure_otherwise_is_not_shown(
    home: Path, cells: list[Cell], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    older = [
        identified(each, version="0")
        if each.record.identity.generator.name == "isotropic"
        else each
        for each in cells
    ]
    pack.save(older, home / "tiny.parquet")
    own, runs = plugin(tmp_path, track="unconditional"), tmp_path / "runs"
    assert invoke(*RUN, "--runs", runs, "--generator", own) == 0
    said = capfd.readouterr().out.splitlines()
    assert said[2] == (
        "isotropic is published otherwise, generator's version is 0 there and 1 in this version: "
        "it is left out; --generator isotropic measures it"
    )
    table = [line.split()[0] for line in said[3:] if line]
    assert "isotropic" not in table
    assert {*SHOWN, "faulty"} - {"isotropic"} <= {*table}


def test_published_cells_come_before_the_same_ones_measured_here(
    home: Path, full_run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = full_run / "tiny" / "smoke" / "seed-0"
    store = Store(folder)
    here = [each for each in store.cells() if each.record.identity.generator.name == "mean"]
    for cell in here:
        content = encode(_shifted(cell.table))
        digest = hashlib.sha256(content).hexdigest()
        store.write(cell.record.model_copy(update={"table_sha256": digest}), content)
    own = plugin(tmp_path, track="unconditional")
    assert invoke(*RUN, "--runs", full_run, "--generator", own) == 0
    said = capfd.readouterr().out
    many = len(pack.records(home / "tiny.parquet"))
    assert f"{many} of their cells were measured in {folder} too: the published ones" in said
    assert invoke(*RUN, "--runs", tmp_path / "new", "--generator", own) == 0
    fresh = tmp_path / "new" / "tiny" / "smoke" / "seed-0" / "scores.json"
    assert (folder / "scores.json").read_bytes() == fresh.read_bytes()


def _shifted(table: CellTable) -> CellTable:
    """Other numbers of the same paths."""
    curves = dataclasses.replace(table.curves, l2=(table.curves.l2 * 2).astype(np.float32))
    return dataclasses.replace(table, curves=curves)


def test_from_python_it_is_the_same(
    home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    own, runs = plugin(tmp_path, track="unconditional"), tmp_path / "runs"
    result = synact_bench.evaluate(f"{own}:Faulty", "tiny", runs=runs, progress=False)
    assert capfd.readouterr() == ("", "")
    assert measured(runs) == sorted(f"faulty--{cell}" for cell in CELLS)
    assert {row.name for row in result.board.rows} >= {*SHOWN, "faulty"}
    assert {*CONTROLS} <= {row.name for row in result.board.rows}
    assert len(result.curves) == len(CELLS)
    shutil.rmtree(runs)
    drawn = synact_bench.evaluate("real-native", "tiny", runs=runs, progress=False)
    assert drawn.name == "real-native"
    assert measured(runs) == []
