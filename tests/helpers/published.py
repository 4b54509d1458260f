"""The published packs, and their cells."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from synact_bench.results import pack
from synact_bench.results.store import Cell
from synact_bench.testbeds import suites

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "leaderboard" / "records"
PAPER = ROOT / "leaderboard" / "smollm2-135m"
"""The board of the paper's layer."""


def published(testbed: str) -> Path:
    """The pack of a testbed."""
    return RECORDS / f"{testbed}.parquet"


@cache
def published_cells(testbed: str) -> tuple[Cell, ...]:
    """Its cells, read once."""
    return tuple(pack.load(published(testbed)))


def suite() -> list[str]:
    """Testbeds of the standard suite that have records, in its order."""
    return [each for each in suites.find("standard").testbeds if published(each).is_file()]
