"""Rows as figures show them: by name, in the colour of what they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from synact_bench.core.experiments import CONTROLS, LADDER, OPTIONAL_DRAWS, REAL
from synact_bench.drawing.palette import REAL as GREY
from synact_bench.drawing.palette import colour_of
from synact_bench.drawing.panels import literal
from synact_bench.reports.board import Board
from synact_bench.reports.comparable import Cells
from synact_bench.reports.row_choice import chosen
from synact_bench.reports.tables import kind

NO_GENERATORS = {*CONTROLS, *OPTIONAL_DRAWS, *LADDER, *REAL}
"""Rows that are there to check or to explain the others."""


@dataclass(frozen=True)
class DrawnRow:
    """A row of a figure.

    Attributes:
        name: of the row.
        kind: its track, or ``control``.
    """

    name: str
    kind: str

    @property
    def control(self) -> bool:
        """Whether it is a control."""
        return self.kind == "control"

    @property
    def colour(self) -> str:
        """In which it is drawn."""
        return colour_of(self.kind)

    @property
    def label(self) -> str:
        """Its name, for matplotlib, marked if it is a control."""
        return literal(self.name) + (" (control)" if self.control else "")


def on_board(board: Board, names: Sequence[str] = ()) -> list[DrawnRow]:
    """The rows of a board in its order, or those named, in theirs.

    Raises:
        UnknownNameError: there is no such row.
    """
    found = {row.name: DrawnRow(row.name, kind(row) or "control") for row in board.rows}
    return list(chosen(found, names).values())


def in_cells(cells: Cells, names: Sequence[str]) -> list[DrawnRow]:
    """The named rows of arranged cells, scored or not.

    Raises:
        UnknownNameError: there is no such row.
    """
    tracks = {name: cell.record.row.track for own in cells.values() for name, cell in own.items()}
    found = {
        name: DrawnRow(name, "control" if name in NO_GENERATORS else track or "control")
        for name, track in tracks.items()
    }
    return list(chosen(found, names).values())


def legend(figure: Figure, rows: Iterable[DrawnRow]) -> None:
    """A patch for real and for each kind of row, above the panels."""
    colours = {"real": GREY} | {row.kind: row.colour for row in rows}
    patches = [Patch(color=colour, alpha=0.7, label=name) for name, colour in colours.items()]
    place: dict[str, Any] = {
        "loc": "outside upper right",
        "ncols": len(patches),
        "handlelength": 1.4,
    }
    figure.legend(handles=patches, frameon=False, **place)
