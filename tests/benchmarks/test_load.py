from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks import load, load_comparison, load_store, tables
from benchmarks.load import Cost
from benchmarks.load_store import LoadSize
from synact_bench.core.curves import SCORED
from synact_bench.core.experiments import REAL
from synact_bench.reports.boards import together
from synact_bench.reports.grid import grid
from synact_bench.results.packed_testbeds import PackedTestbeds
from synact_bench.results.store import Store
from synact_bench.results.summary import summaries
from tests.helpers import boards
from tests.helpers.boards import REPLICATES

SIZE = LoadSize(generators=10, testbeds=2, bases=40, refined=4)


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return load_store.packs(SIZE, tmp_path_factory.mktemp("load"))


def test_a_store_is_as_large_as_asked(packs: list[Path]) -> None:
    found = PackedTestbeds(packs)
    assert [*found] == ["load-00", "load-01"]
    for own in found.values():
        assert len(own) == SIZE.cells
        generators = {e.record.identity.generator.name for e in own if e.record.row.kind != "draw"}
        assert len(generators) == SIZE.generators
        assert {each.record.paths for each in own} == {SIZE.bases}
        run = own[0].table.curves.run
        assert (run[SIZE.refined :].sum(axis=1) == 1 + len(SCORED)).all()
        assert (run[: SIZE.refined].sum(axis=1) > 1 + len(SCORED)).all()


def test_testbeds_share_draws_of_real_and_no_generators(packs: list[Path]) -> None:
    one, other = PackedTestbeds(packs).values()
    for first, second in zip(one, other, strict=True):
        name = first.record.identity.generator.name
        same = np.array_equal(first.table.curves.l2, second.table.curves.l2, equal_nan=True)
        assert same == (name in load_store.CENTRES)
        assert name in load_store.CENTRES or name not in REAL


def test_a_pack_is_written_once(packs: list[Path]) -> None:
    before = [each.stat().st_mtime_ns for each in packs]
    assert load_store.packs(SIZE, packs[0].parent) == packs
    assert [each.stat().st_mtime_ns for each in packs] == before


def test_a_store_can_be_scored(packs: list[Path]) -> None:
    made = grid(together(PackedTestbeds(packs), replicates=REPLICATES))
    realism = {
        row.name: row.overall.realism.value for row in made.rows if row.overall.realism is not None
    }
    assert realism["real-holdout"] > 0.5
    assert realism["method-000"] > realism["method-003"]
    assert realism["gaussian"] == pytest.approx(0, abs=0.3)
    assert {row.track for row in made.rows if not row.control} == {"unconditional", "conditioned"}


def test_testbeds_can_be_ranked_as_dictionaries(packs: list[Path]) -> None:
    with boards.short_floors():
        order = load_comparison.compared(packs, replicates=REPLICATES)
    assert sorted(row.rank or 0 for row in order.rows) in ([1, 1], [1, 2])
    assert len(order.rows[0].compositions) == SIZE.generators - 6


def test_a_folder_of_a_run_can_be_planned_beside(tmp_path: Path) -> None:
    size = LoadSize(generators=9, testbeds=1, bases=10, refined=2)
    folder = load_store.run_folder(size, "load-00", tmp_path / "seed-0")
    assert len(summaries(folder)) == size.cells
    assert next(Store(folder).cells()).record.paths == 10


def test_a_process_is_measured(tmp_path: Path) -> None:
    place = tmp_path / "there"
    code = f"import pathlib; pathlib.Path({str(place)!r}).touch(); raise SystemExit(3)"
    found = load.measure(["-c", code], tmp_path / "cache")
    assert place.exists()
    assert found.status == 3
    assert found.seconds > 0
    assert found.cpu > 0
    assert found.memory > 1


def test_the_command_prints_costs_beside_their_targets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def measured(arguments: Any, cache: Path) -> Cost:
        assert not cache.exists()
        asked.append(arguments)
        return Cost(seconds=1.5, cpu=2.5, memory=300.0, status=len(asked) - 1)

    monkeypatch.setattr(load, "measure", measured)
    monkeypatch.setattr(load, "FOLDER", tmp_path / "results")
    sizes = ["--generators", "9", "--testbeds", "2", "--bases", "10"]
    chosen = ["--only", "board", "--only", "plan", "--store", str(tmp_path / "store")]
    done = CliRunner().invoke(load.app, [*sizes, *chosen], catch_exceptions=False)
    assert done.exit_code == 0
    assert [each[2] for each in asked] == ["board", "plan"]
    (board,) = [line for line in done.stdout.splitlines() if "board" in line]
    assert [each.strip() for each in board.split("|")[1:-1]] == [
        *("board", "1.5", "30", "2.5", "300", "1000", "well")
    ]
    kept = json.loads((tmp_path / "results" / "load.json").read_text())
    assert [row["ended"] for row in kept["rows"]] == ["well", "status 1"]
    assert tables.Table("load", kept["title"], kept["rows"]).text in done.stdout
