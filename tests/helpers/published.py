"""The published packs, and their cells."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from synact_bench.results import pack
from synact_bench.results.store import Cell
from synact_bench.submissions import folder
from synact_bench.testbeds import suites

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "leaderboard" / "records"
SUBMISSIONS = ROOT / "leaderboard" / "submissions"
PAPER = ROOT / "leaderboard" / "smollm2-135m"
"""The board of the paper's layer."""


def published(testbed: str) -> Path:
    """The pack of a testbed."""
    return RECORDS / f"{testbed}.parquet"


@cache
def published_cells(testbed: str) -> tuple[Cell, ...]:
    """Its cells, read once."""
    return tuple(pack.load(published(testbed)))


def board_cells(testbed: str) -> list[Cell]:
    """Cells of the published board of a testbed: its pack's, and what was submitted."""
    cells = published_cells(testbed)
    names = {cell.record.identity.generator.name for cell in cells}
    return [*cells, *folder.cells(SUBMISSIONS / testbed, taken=names)]


def suite() -> list[str]:
    """Testbeds of the standard suite that have records, in its order."""
    return [each for each in suites.find("standard").testbeds if published(each).is_file()]
