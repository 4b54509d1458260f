"""Publishing: the board's files in a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from synact_bench.leaderboard.archive import part
from synact_bench.leaderboard.board import Board, scored
from synact_bench.leaderboard.comparable import arrange
from synact_bench.leaderboard.figures import draw
from synact_bench.leaderboard.markdown import page
from synact_bench.results.files import write_together
from synact_bench.results.store import Cell

FIGURES = "figures"
"""Folder of the figures, beside the page."""


def write(board: Board, cells: Iterable[Cell], folder: Path) -> None:
    """Write LEADERBOARD.md, scores.json and figures/; all of them or, on a full disk, none.

    Args:
        board: what to publish.
        cells: those it was built from.
        folder: made if it is not there; files of the same names are replaced.

    Raises:
        RecordError: the cells cannot stand on one board, or the folder cannot be written.
    """
    drawings = draw(board, scored(arrange(part(cells)[0])))
    captions = {f"{FIGURES}/{each.name}": each.caption for each in drawings}
    contents = {folder / FIGURES / each.name: each.content for each in drawings}
    contents[folder / "scores.json"] = board.to_json().encode()
    contents[folder / "LEADERBOARD.md"] = page(board, captions).encode()
    write_together(contents)
