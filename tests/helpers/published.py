"""Where the published records of a testbed lie."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "leaderboard" / "records"


def published(testbed: str) -> list[Path]:
    """Folders of its draws and of its rows; draws are shipped where submissions are taken."""
    draws = (ROOT / "baselines" / testbed / "reference", ROOT / "leaderboard/reference" / testbed)
    return [*filter(Path.is_dir, draws), RECORDS / testbed]
