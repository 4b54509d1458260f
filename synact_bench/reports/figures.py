"""Figures: curves and distributions of every generator against real."""

from __future__ import annotations

from dataclasses import dataclass

from synact_bench.drawing.panels import png, style
from synact_bench.reports.board import Board
from synact_bench.reports.comparable import Cells
from synact_bench.reports.curve_panels import QUANTITIES, curve_figure, interpolation_note
from synact_bench.reports.drawn_rows import on_board
from synact_bench.reports.failing import failing
from synact_bench.reports.forest import forest
from synact_bench.reports.glance import Glance
from synact_bench.reports.ridges import DISTRIBUTIONS, distribution_figure
from synact_bench.reports.scored_cells import PLATEAU, RELATIVE

GLANCE = "plateau-and-step.png"
"""File of the figure that explains what is measured."""

FAILING = "failing.png"
"""File of the figure that shows where rows fail."""

SHOWN = (RELATIVE, PLATEAU)
"""Cells whose curves are drawn."""


@dataclass(frozen=True)
class Drawing:
    """A finished figure.

    Attributes:
        name: of its file.
        caption: one sentence.
        content: PNG bytes.
    """

    name: str
    caption: str
    content: bytes


def draw(board: Board, cells: Cells) -> list[Drawing]:
    """Every figure that the measured cells allow; of too few documents the curves alone.

    ``cells`` are those that the board was built from, arranged.
    """
    drawings, rows = [], on_board(board)
    with style():
        explained = Glance.of(cells) if board.replicates else None
        if explained is not None:
            caption = (
                "What is looked at: the step toward a real activation and the plateau around it, "
                "beside those of Gaussian samples. Medians and quartiles over whole paths."
            )
            drawings.append(Drawing(GLANCE, caption, png(explained.figure())))
        intervals = forest(board)
        if intervals is not None:
            caption = "Realism of every row with its 95 % interval, ranks before the names."
            drawings.append(Drawing("overall.png", caption, png(intervals)))
        for cell in SHOWN:
            for quantity in QUANTITIES if cell in cells else ():
                note = interpolation_note(each.table.curves for each in cells[cell].values())
                caption = (
                    f"Mean {quantity} with its 10-90 % band along {cell.experiment}'s "
                    f"{cell.path} path: each generator before real (grey){note and f'; {note}'}."
                )
                name = f"curves-{cell.experiment}-{quantity}.png"
                figure = curve_figure(rows, cells, cell, quantity)
                drawings.append(Drawing(name, caption, png(figure)))
        shown = [each for each in DISTRIBUTIONS if each.cell in cells]
        if shown and board.replicates:
            labels = " and ".join(each.metric for each in shown)
            caption = f"Distributions of {labels} over paths, medians marked, before real (grey)."
            figure = distribution_figure(rows, cells, shown, points=board.setting.points)
            drawings.append(Drawing("distributions.png", caption, png(figure)))
        worst = failing(board, cells)
        if worst is not None:
            caption = (
                "The most telling bases of the leading rows, each in the cell where it is farthest "
                "from real: l2 of the row before five draws of real (grey). Marked: points that "
                "were run, of curves of which not all were."
            )
            drawings.append(Drawing(FAILING, caption, png(worst)))
    return drawings
