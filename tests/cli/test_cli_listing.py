from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from synact_bench.cli import cards
from synact_bench.generators import discovery


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: ())


def test_cards_that_come_with_the_package_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = cards.cards()
    assert [name for name, _, _ in first] == [*discovery.names()]
    monkeypatch.setattr(discovery, "find", lambda _: pytest.fail("a method was imported"))
    assert cards.cards() == first


def test_another_package_has_another_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "__init__.py").write_text("one = 1")
    monkeypatch.setattr("synact_bench.results.package_digest.HOME", tmp_path)
    before = cards._place()
    assert cards._place() == before
    (tmp_path / "__init__.py").write_text("another = 2")
    assert cards._place() != before


@pytest.mark.parametrize("kept", [b"", b"{}", b"[1]", b'[["only", "two"]]'])
def test_what_is_kept_in_another_form_is_made_again(kept: bytes) -> None:
    cards._place().parent.mkdir(parents=True)
    cards._place().write_bytes(kept)
    assert len(cards.cards()) == len(discovery.names())


def test_installed_plugins_are_asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: ("a plugin",))
    monkeypatch.setattr(cards, "_made", lambda: asked.append("made") or [])
    assert cards.cards() == cards.cards() == []
    assert asked == ["made"] * 2
