"""Cells of a run, published: packed where those that come with the package would be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from synact_bench.results import pack, published
from synact_bench.results.record import Record
from synact_bench.results.store import Cell, Store


def ship(cells: Iterable[Cell], testbed: str, home: Path, patch: pytest.MonkeyPatch) -> Path:
    """Make them the published cells of a testbed, and those of no other."""
    home.mkdir(exist_ok=True)
    patch.setattr(published, "home", lambda: home)
    pack.save(cells, published.of(testbed))
    return published.of(testbed)


def stored(runs: Path) -> list[Cell]:
    """The cells of ``tiny`` in a folder of runs, smoke preset, seed 0."""
    return [*Store(runs / "tiny" / "smoke" / "seed-0").cells()]


def changed(cell: Cell, change: Callable[[Record], dict[str, Any]]) -> Cell:
    """The same with other facts in its record."""
    record = cell.record.model_copy(update=change(cell.record))
    record = record.model_copy(update={"id": record.identity.id})
    return Cell(record, cell.table)


def identified(cell: Cell, **facts: Any) -> Cell:
    """The same with other facts in its identity, or in that of its generator."""

    def change(record: Record) -> dict[str, Any]:
        own = record.identity.generator
        generator = {name: facts[name] for name in facts if name in type(own).model_fields}
        others = {name: facts[name] for name in facts if name not in generator}
        others["generator"] = own.model_copy(update=generator)
        return {"identity": record.identity.model_copy(update=others)}

    return changed(cell, change)
