"""A testbed of files alone, which other processes can open, and its cells of one process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from synact_bench.results.store import Cell
from tests.helpers.requests import requested
from tests.helpers.testbeds import write_documents
from tests.helpers.tiny import save_tiny
from tests.helpers.workers import TOML, measured, write_plugin


@pytest.fixture(scope="session")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The testbed's declaration with its measured facts, for as long as its cache is used."""
    folder = tmp_path_factory.mktemp("mine")
    save_tiny("llama", folder / "model")
    write_documents(folder / "text")
    (folder / "mine.toml").write_text(TOML, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNACT_CACHE", str(folder / "cache"))
        request = requested(testbed=str(folder / "mine.toml"), preset="smoke", runs=folder / "runs")
        yield request.options.runs / "mine" / "testbed.toml"


@pytest.fixture
def cached(mine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, with its cache."""
    monkeypatch.setenv("SYNACT_CACHE", str(mine.parents[2] / "cache"))
    return mine


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that lives."""
    return write_plugin(tmp_path_factory.mktemp("plugin"))


@pytest.fixture(scope="session")
def alone(mine: Path, plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cell]:
    """Cells of one process."""
    folder = tmp_path_factory.mktemp("alone")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNACT_CACHE", str(mine.parents[2] / "cache"))
        asked = ("gaussian", str(plugin))
        return measured(requested(testbed=str(mine), preset="smoke", generators=asked, runs=folder))
