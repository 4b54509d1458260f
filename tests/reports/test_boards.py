"""Boards of several packs, built by several processes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from synact_bench.core.errors import RecordError
from synact_bench.reports import boards
from synact_bench.results import pack
from synact_bench.results.board_cache import BoardCache
from synact_bench.results.packed_testbeds import PackedTestbeds
from synact_bench.results.store import Cell
from tests.helpers import cells
from tests.helpers.boards import REPLICATES


@pytest.fixture
def packed(tmp_path: Path) -> PackedTestbeds:
    places = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for place in places:
        pack.save(cells.whole_board((*cells.FEW, "mine"), testbed=f"{place.stem}@1"), place)
    return PackedTestbeds(places)


@pytest.fixture(autouse=True)
def _two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "WORKERS", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def test_boards_that_the_cache_lacks_are_built_by_processes(
    packed: PackedTestbeds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [each.to_json() for each in boards.together(packed, replicates=REPLICATES)]
    monkeypatch.setattr(boards, "build", lambda *_, **__: pytest.fail("was built here"))
    cache = BoardCache(tmp_path / "cache")
    made = boards.together(packed, replicates=REPLICATES, cache=cache)
    assert [each.to_json() for each in made] == expected
    monkeypatch.setattr(boards, "ProcessPoolExecutor", lambda *_, **__: pytest.fail("were there"))
    again = boards.together(packed, replicates=REPLICATES, cache=cache)
    assert [each.to_json() for each in again] == expected


def test_a_board_whose_process_is_lost_is_built_here(
    packed: PackedTestbeds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that the system ended for want of memory."""
    monkeypatch.setattr(boards, "_keep", _lost)
    made = boards.together(packed, replicates=REPLICATES, cache=BoardCache(tmp_path / "cache"))
    assert [each.setting.name for each in made] == ["a", "b"]


def _lost(*_: object) -> None:
    os._exit(1)


def test_what_makes_a_board_impossible_is_told_as_here(
    packed: PackedTestbeds, tmp_path: Path
) -> None:
    own = cells.whole_board((*cells.FEW, "mine"), testbed="b@1")
    last = own[-1].record
    other = last.identity.model_copy(update={"seed": 1})
    record = last.model_copy(update={"identity": other})
    pack.save([*own[:-1], Cell(record, own[-1].table)], tmp_path / "b.parquet")
    places = PackedTestbeds([tmp_path / "a.parquet", tmp_path / "b.parquet"])
    with pytest.raises(RecordError) as here:
        boards.together(places, replicates=REPLICATES)
    with pytest.raises(RecordError) as there:
        boards.together(places, replicates=REPLICATES, cache=BoardCache(tmp_path / "cache"))
    assert str(there.value) == str(here.value)
    assert "testbed b" in str(here.value)


def test_a_cache_that_cannot_be_written_starts_no_process(
    packed: PackedTestbeds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(boards, "ProcessPoolExecutor", lambda *_, **__: pytest.fail("for nothing"))
    made = boards.together(packed, replicates=REPLICATES, cache=BoardCache(tmp_path / "file"))
    assert len(made) == 2
