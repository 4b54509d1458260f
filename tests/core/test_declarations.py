from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from synact_bench.core.declarations import declared

ROOM = "room_of_declarations"


@dataclass(frozen=True)
class Sheet:
    name: str
    order: int = 1000


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that is empty so far."""
    folder = tmp_path / ROOM
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield folder
    for name in [each for each in sys.modules if each.partition(".")[0] == ROOM]:
        del sys.modules[name]


def put(folder: Path, module: str, *lines: str) -> None:
    text = "\n".join([f"from {__name__} import Sheet", *lines])
    (folder / f"{module}.py").write_text(text, encoding="utf-8")


def test_what_modules_declare_is_sorted_by_order_and_then_by_name(room: Path) -> None:
    put(room, "a", "LATE = Sheet('late', 9)", "LAST = Sheet('z')")
    put(room, "b", "FIRST = Sheet('first', 1)", "NEXT_TO_LAST = Sheet('y')")
    found = declared(ROOM, Sheet)
    assert [*found] == ["first", "late", "y", "z"]
    assert all(each.name == name for name, each in found.items())


def test_a_helper_adds_nothing_and_an_import_is_no_second_declaration(room: Path) -> None:
    put(room, "helper", "HALF = 0.5")
    put(room, "one", "ONE = Sheet('one')", "ALIAS = ONE")
    put(room, "two", f"from {ROOM}.one import ONE", "TWO = Sheet('two')")
    assert [*declared(ROOM, Sheet)] == ["one", "two"]


def test_an_empty_room_has_an_empty_table_that_cannot_be_written_to(room: Path) -> None:
    assert dict(declared(ROOM, Sheet)) == {}
    with pytest.raises(TypeError):
        declared(ROOM, Sheet)["new"] = Sheet("new")  # type: ignore[index]


def test_one_name_in_two_modules_is_refused_with_both(room: Path) -> None:
    put(room, "one", "ONE = Sheet('same')")
    put(room, "two", "TWO = Sheet('same')")
    message = f"^{ROOM}.one and {ROOM}.two both declare a Sheet called 'same'; rename one$"
    with pytest.raises(ValueError, match=message):
        declared(ROOM, Sheet)
