"""Publishing: the board's files in a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from synact_bench.reports.archive import part
from synact_bench.reports.board import Board, scored
from synact_bench.reports.comparable import arrange
from synact_bench.reports.figures import FAILING, draw
from synact_bench.reports.markdown import page
from synact_bench.results.files import differing, write_together
from synact_bench.results.store import Cell

PAGE = "LEADERBOARD.md"
FIGURES = "figures"
"""Folder of the figures, beside the page."""


def contents(board: Board, cells: Iterable[Cell]) -> dict[str, bytes]:
    """What a published board consists of, by file name relative to its folder.

    ``cells`` are those that the board was built from.

    Raises:
        RecordError: the cells cannot stand on one board.
    """
    drawings = draw(board, scored(arrange(part(cells)[0])))
    captions = {f"{FIGURES}/{each.name}": each.caption for each in drawings}
    found = {f"{FIGURES}/{each.name}": each.content for each in drawings}
    found["scores.json"] = board.to_json().encode()
    found[PAGE] = page(board, captions, failing=f"{FIGURES}/{FAILING}").encode()
    return found


def write(board: Board, cells: Iterable[Cell], folder: Path) -> None:
    """Write LEADERBOARD.md, scores.json and figures/; all of them or, on a full disk, none.

    Makes the folder if it is not there, and replaces files of the same names.

    Raises:
        RecordError: the cells cannot stand on one board, or the folder cannot be written.
    """
    found = contents(board, cells)
    write_together({folder / name: content for name, content in found.items()})


def differences(board: Board, cells: Iterable[Cell], folder: Path) -> list[str]:
    """Files of a published board that are not what the cells give, see ``files.differing``.

    Returns:
        A line for each file that differs, is missing, or is a figure that the board has no more.

    Raises:
        RecordError: the cells cannot stand on one board.
    """
    wanted = contents(board, cells)
    figures = {f"{FIGURES}/{path.name}" for path in (folder / FIGURES).glob("*")}
    stale = [
        f"{folder / name}: the board has no such figure any more"
        for name in figures - wanted.keys()
    ]
    return sorted(stale + differing(wanted, folder))
