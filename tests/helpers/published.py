"""Where the published records of a testbed lie."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "leaderboard" / "records"


def published(testbed: str) -> list[Path]:
    """Folders of its draws and of its rows; draws are shipped where submissions are taken."""
    draws = (ROOT / "baselines" / testbed / "reference", ROOT / "leaderboard/reference" / testbed)
    return [*filter(Path.is_dir, draws), RECORDS / testbed]


def names() -> list[str]:
    """Testbeds with published records, layer 5 before layer 10, as the Makefile's ``sort -V``."""

    def by_number(name: str) -> list[str | int]:
        return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]

    return sorted((path.name for path in RECORDS.iterdir()), key=by_number)
