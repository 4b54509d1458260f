"""The published packs, those of boards and those of three layers, and their cells."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from synact_bench.results import pack
from synact_bench.results.store import Cell

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "leaderboard" / "records"
LAYERS = ROOT / "leaderboard" / "layers"
"""Records of several layers, every base on the whole grid: what the grid and findings are of."""


def published(testbed: str, folder: Path = RECORDS) -> Path:
    """The pack of a testbed."""
    return folder / f"{testbed}.parquet"


@cache
def published_cells(testbed: str) -> tuple[Cell, ...]:
    """Its cells, read once."""
    return tuple(pack.load(published(testbed)))


def names(folder: Path = RECORDS) -> list[str]:
    """Testbeds with records in a folder, layer 5 before layer 10, as the Makefile's ``sort -V``."""

    def by_number(name: str) -> list[str | int]:
        return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]

    return sorted((path.stem for path in folder.glob("*.parquet")), key=by_number)
