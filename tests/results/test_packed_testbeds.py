from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import REAL
from synact_bench.reports.comparable import by_testbed
from synact_bench.results import pack, published
from synact_bench.results.pack import Belongs
from synact_bench.results.packed_testbeds import PackedTestbeds
from tests.helpers import cells

NAMES = (*cells.FEW, "mine")


@pytest.fixture
def places(tmp_path: Path) -> list[Path]:
    """A testbed of its own, and two that share a pack; the second has a further row elsewhere."""
    several = [
        each
        for name in ("b@1", "c@2")
        for each in cells.whole_board(NAMES, experiments=["plateau"], testbed=name)
    ]
    contents = {
        "one": cells.whole_board(NAMES, testbed="a@1"),
        "two": several,
        "three": [cells.cell("late", "plateau", "scaled", testbed="b@1")],
    }
    found = [tmp_path / f"{name}.parquet" for name in contents]
    for path, own in zip(found, contents.values(), strict=True):
        pack.save(own, path)
    return found


def test_testbeds_are_those_of_all_cells_read_at_once(places: list[Path]) -> None:
    found, held = PackedTestbeds(places), by_testbed(published.cells(places))
    assert [*found] == [*held] == ["a", "b", "c"]
    assert len(found) == 3
    assert found.experiments == {"sensitivity", "plateau"}
    for name, own in held.items():
        assert [each.record for each in found[name]] == [each.record for each in own]
        assert [each.table for each in found[name]] == [each.table for each in own]


def test_rows_are_read_alone(places: list[Path]) -> None:
    found = PackedTestbeds(places)
    for name in found:
        expected = [each for each in found[name] if _row(each.record) in REAL]
        read = found.rows(name, REAL)
        assert [each.record for each in read] == [each.record for each in expected]
    assert [_row(each.record) for each in found.rows("b", ["late"])] == ["late"]


def test_some_cells_of_some_testbeds_are_told_from_all(places: list[Path]) -> None:
    found = PackedTestbeds(places)
    late = found.only({"b": ("late", lambda record: _row(record) == "late"), "a": None})
    assert [*late] == ["b", "a"]
    assert [_row(each.record) for each in late["b"]] == ["late"]
    assert late.records("b") == [each.record for each in late["b"]]
    assert found.records("b") == [each.record for each in found["b"]]
    assert late.checksums("a") == found.checksums("a")
    assert late.checksums("b") == [*found.checksums("b"), "late"]
    again = late.only({"b": None})
    assert [_row(each.record) for each in again["b"]] == ["late"]


def test_a_file_that_went_is_named(places: list[Path]) -> None:
    found = PackedTestbeds(places)
    places[0].unlink()
    with pytest.raises(RecordError, match="is not a pack"):
        found.checksums("a")


def test_nothing_read_is_kept(places: list[Path]) -> None:
    found = PackedTestbeds(places)
    assert found["a"][0] is not found["a"][0]


def test_a_pack_says_where_its_cells_belong(places: list[Path]) -> None:
    assert pack.belongings(places[1]) == {Belongs("b", "plateau"), Belongs("c", "plateau")}


def test_a_file_that_is_no_pack_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "text.parquet"
    place.write_text("no pack")
    with pytest.raises(RecordError, match="is not a pack"):
        PackedTestbeds([place])


def _row(record) -> str:
    return record.identity.generator.name
