from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from synact_bench.reports.board import build
from synact_bench.reports.boards import together
from synact_bench.reports.grid import grid
from synact_bench.results import board_cache, pack
from synact_bench.results.board_cache import BoardCache
from synact_bench.results.packed_testbeds import PackedTestbeds
from tests.helpers import cells
from tests.helpers.boards import REPLICATES

ROWS = (*cells.FEW, "mine", "other")


def packed(folder: Path, rows: tuple[str, ...] = ROWS) -> PackedTestbeds:
    places = [folder / "a.parquet", folder / "b.parquet"]
    for place in places:
        own = rows if place.stem == "a" else ROWS
        pack.save(cells.whole_board(own, testbed=f"{place.stem}@1"), place)
    return PackedTestbeds(places)


def test_boards_of_the_same_packs_are_built_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []

    def counted(*given, **options):
        board = build(*given, **options)
        built.append(board.setting.name)
        return board

    monkeypatch.setattr("synact_bench.reports.boards.build", counted)
    cache = BoardCache(tmp_path / "cache")
    first = together(packed(tmp_path), replicates=REPLICATES, cache=cache)
    again = together(packed(tmp_path), replicates=REPLICATES, cache=cache)
    assert built == ["a", "b"]
    assert [each.to_json() for each in again] == [each.to_json() for each in first]
    assert grid(again).to_json() == grid(first).to_json()

    together(packed(tmp_path, ROWS[:-1]), replicates=REPLICATES, cache=cache)
    assert built == ["a", "b", "a"]
    together(packed(tmp_path), replicates=REPLICATES + 1, cache=cache)
    assert built[3:] == ["a", "b"]
    together(packed(tmp_path), replicates=REPLICATES)
    assert built[5:] == ["a", "b"]


def test_other_code_or_libraries_make_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = BoardCache(tmp_path)
    assert cache.of(["facts"], lambda: 1) == 1
    assert cache.of(["facts"], lambda: 2) == 1
    assert cache.of(["others"], lambda: 3) == 3
    monkeypatch.setattr(board_cache, "package_digest", lambda: "changed")
    assert BoardCache(tmp_path).of(["facts"], lambda: 4) == 4
    monkeypatch.setattr("numpy.__version__", "0")
    assert BoardCache(tmp_path).of(["facts"], lambda: 5) == 5


@pytest.mark.parametrize("spoilt", [b"", b"1", b"no checksum\n1"])
def test_what_is_damaged_is_made_again(tmp_path: Path, spoilt: bytes) -> None:
    cache = BoardCache(tmp_path)
    cache.of(["facts"], lambda: 1)
    (place,) = tmp_path.glob("*.json")
    place.write_bytes(spoilt)
    assert cache.of(["facts"], lambda: 2) == 2
    assert cache.of(["facts"], lambda: 3) == 2


def test_a_cache_that_cannot_be_written_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = BoardCache(tmp_path / "file")
    assert [cache.of(["facts"], partial(int, made)) for made in (1, 2)] == [1, 2]


def test_what_cannot_be_kept_is_made_each_time(tmp_path: Path) -> None:
    cache = BoardCache(tmp_path)
    assert [cache.of(["facts"], partial(set, [made])) for made in (1, 2)] == [{1}, {2}]


def test_what_was_used_longest_ago_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = BoardCache(tmp_path)
    cache.of(["size"], lambda: 1)
    (one,) = tmp_path.glob("*.json")
    monkeypatch.setattr(board_cache, "MOST", 2 * one.stat().st_size)
    one.unlink()
    for number, name in enumerate("ab"):
        cache.of([name], lambda: 1)
        (newest,) = [each for each in tmp_path.glob("*.json") if each.stat().st_mtime > 1000]
        os.utime(newest, (number, number))
    cache.of(["a"], lambda: 2)  # used now
    cache.of(["c"], lambda: 3)
    assert [cache.of([name], lambda: 9) for name in "ac"] == [1, 3]
    assert cache.of(["b"], lambda: 9) == 9


def test_an_error_of_what_makes_it_is_not_hidden(tmp_path: Path) -> None:
    def fails() -> int:
        raise ValueError("as it is")

    with pytest.raises(ValueError, match="as it is"):
        BoardCache(tmp_path).of(["facts"], fails)
