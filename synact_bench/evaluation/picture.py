"""The picture of one row: its curves before those of real activations."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synact_bench.core.experiments import REFERENCE
from synact_bench.reports.board import BoardRow
from synact_bench.reports.comparable import Cells
from synact_bench.reports.figures import QUANTITIES, SHOWN, interpolation_note
from synact_bench.reports.palette import CONDITIONED, REAL, UNCONDITIONAL
from synact_bench.reports.panels import literal, mean_and_band, png, style


class Picture(Figure):
    """A figure that a notebook shows without pyplot."""

    def _repr_png_(self) -> bytes:
        with style():
            return png(self)


def picture(row: BoardRow, cells: Cells) -> Picture:
    """A panel for l2 and one for kl of each cell that the board draws, real in grey behind."""
    colour = CONDITIONED if row.card.track == "conditioned" else UNCONDITIONAL
    drawn = [cell for cell in SHOWN if row.name in cells.get(cell, {})]
    title = f"{row.name} (colour) and real (grey): mean, 10-90 % band"
    note = interpolation_note(
        cells[cell][name].table.curves for cell in drawn for name in (REFERENCE, row.name)
    )
    with style():
        figure = Picture(figsize=(8.0, 0.6 + 2.2 * max(len(drawn), 1)), layout="constrained")
        figure.suptitle(literal("\n".join(filter(None, (title, note)))))
        if drawn:
            grid = figure.subplots(len(drawn), len(QUANTITIES), squeeze=False)
            for line, cell in zip(grid, drawn, strict=True):
                for axes, quantity in zip(line, QUANTITIES, strict=True):
                    for name, tint in ((REFERENCE, REAL), (row.name, colour)):
                        curves = cells[cell][name].table.curves
                        curves = curves[curves.whole]
                        along = curves.l2 if quantity == "l2" else curves.kl
                        mean_and_band(axes, 100 * curves.fractions, along, tint)
                    _label(axes, f"{cell.experiment}, {cell.path} path (%)", QUANTITIES[quantity])
    return figure


def _label(axes: Axes, along: str, quantity: str) -> None:
    axes.set_xlim(0, 100)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(along)
    axes.set_ylabel(quantity)
