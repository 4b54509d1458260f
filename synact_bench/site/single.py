"""The page of one run: its board as a site of its own, which needs no plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from synact_bench.reports.board import Board
from synact_bench.reports.reconstructions import ReconstructionBoard
from synact_bench.results.store import Cell
from synact_bench.site import collect, reconstructions, render, suites, written
from synact_bench.site.rows import ModuleOf
from synact_bench.site.tables import generator_link

FOLDER = "page"
"""Of the site, within the folder of a run."""


def write(
    board: Board, cells: Sequence[Cell], folder: Path, *, module_of: ModuleOf = collect.unknown
) -> None:
    """Write the pages of a run; what is scored already is not scored again.

    Args:
        board: built from the cells.
        cells: of one testbed, measured on the same terms.
        folder: of the run.
        module_of: gives the module of a built-in generator.

    Raises:
        RecordError: the folder may not be written, or the disk is full.
    """
    site = collect.of(suites.of_board(board, cells), module_of=module_of)
    written.write(render.contents(site, None), folder / FOLDER)


def write_reconstructions(board: ReconstructionBoard, cells: Sequence[Cell], folder: Path) -> None:
    """The same of a run of the reconstruction track, whose rows stand on a page of their own.

    Raises:
        RecordError: as ``write``.
    """
    written.write(reconstructions.contents(board, cells), folder / FOLDER)


def first(folder: Path) -> Path:
    """The page to open first of a run's folder."""
    return folder / FOLDER / "index.html"


def of_row(folder: Path, name: str) -> Path:
    """The page of one row."""
    return folder / FOLDER / generator_link(name).href
