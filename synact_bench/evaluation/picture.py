"""The picture of one row: its curves before those of real activations."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from synact_bench.core.experiments import REFERENCE
from synact_bench.drawing.palette import REAL, colour_of
from synact_bench.drawing.panels import literal, mean_and_band, png, style
from synact_bench.drawing.sheet import SCREEN
from synact_bench.reports.board import BoardRow
from synact_bench.reports.comparable import Cells
from synact_bench.reports.curve_panels import QUANTITIES, along, interpolation_note
from synact_bench.reports.figures import SHOWN
from synact_bench.reports.overlay import cell_named, metric_named, overlay_figure, size_of
from synact_bench.reports.tables import kind
from synact_bench.scoring import CellName

COLUMNS = 2
"""Panels side by side."""


class Picture(Figure):
    """A figure that a notebook shows without pyplot."""

    def _repr_png_(self) -> bytes:
        with style():
            return png(self)


def picture(row: BoardRow, cells: Cells) -> Picture:
    """A panel for l2 and one for kl of each cell that the board draws, real in grey behind."""
    colour = colour_of(kind(row))
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
                        steps, curves = along(cells[cell][name].table.curves, quantity)
                        mean_and_band(axes, steps, curves, tint)
                    axes.set_xlim(0, 100)
                    axes.set_ylim(bottom=0)
                    axes.set_xlabel(f"{cell.experiment}, {cell.path} path (%)")
                    axes.set_ylabel(QUANTITIES[quantity])
    return figure


def compared_picture(
    cells: Cells, names: Sequence[str], *, path: str | None, metric: str | None
) -> Picture:
    """Rows before real: a panel for each cell and quantity, or the ones named.

    Raises:
        UnknownNameError: there is no such path or metric.
        SynactError: there are more rows than can be told apart.
    """
    chosen = choice(cells, names, path=path, metric=metric)
    with style():
        size = size_of(len(chosen), SCREEN, columns=COLUMNS)
        figure = Picture(figsize=size, layout="constrained")
        return overlay_figure(figure, cells, chosen, names, sheet=SCREEN, columns=COLUMNS)


def choice(
    cells: Cells, names: Sequence[str], *, path: str | None, metric: str | None
) -> list[tuple[CellName, str]]:
    """Cells and what is drawn of them: the named ones, else those of the board's figures.

    Of cells that have the first row. Where a metric of single paths is named without a path, all
    those that have the metric.

    Raises:
        UnknownNameError: there is no such path or metric.
    """
    own = {cell: rows for cell, rows in cells.items() if names[0] in rows}
    if path is not None:
        places = [cell_named(own, path)]
    elif metric is None or metric in QUANTITIES:
        places = [cell for cell in SHOWN if cell in own]
    else:
        places = [cell for cell in own if metric in own[cell][REFERENCE].sample.values]
        places = places or [*own][:1]  # refused there, with the metrics that are known
    metrics = [*QUANTITIES] if metric is None else [metric]
    return [(cell, metric_named(own, cell, each)) for cell in places for each in metrics]
