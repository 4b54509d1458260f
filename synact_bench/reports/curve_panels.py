"""Panels of curves: each row before real, in a panel of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from synact_bench.core.curves import Curves
from synact_bench.core.errors import UnknownNameError
from synact_bench.core.experiments import REFERENCE
from synact_bench.drawing.palette import REAL
from synact_bench.drawing.panels import mean_and_band
from synact_bench.drawing.sheet import SCREEN, Sheet
from synact_bench.reports import formatting
from synact_bench.reports.comparable import Cells
from synact_bench.reports.drawn_rows import DrawnRow, legend
from synact_bench.scoring import CellName

Quantity = Literal["l2", "kl"]
QUANTITIES: Mapping[Quantity, str] = MappingProxyType(
    {"l2": "l2 at the last layer", "kl": "kl (nats)"}
)
"""What a curve is of, with the label of its axis."""


def curve_figure(
    rows: Sequence[DrawnRow],
    cells: Cells,
    cell: CellName,
    quantity: Quantity,
    *,
    sheet: Sheet = SCREEN,
) -> Figure:
    """A panel for each row that the cell has, in their order: mean, 10-90 % band, real behind."""
    rows = [row for row in rows if row.name in cells[cell]]
    lines = -(-len(rows) // sheet.columns)
    figure = Figure(
        figsize=(sheet.width, 0.9 + sheet.panel * lines),
        layout="constrained",
    )
    grid = figure.subplots(lines, sheet.columns, sharex=True, sharey=True, squeeze=False)
    panels = list(grid.flat)
    for axes, row in zip(panels, rows, strict=False):
        for name, colour in ((REFERENCE, REAL), (row.name, row.colour)):
            steps, drawn = along(cells[cell][name].table.curves, quantity)
            mean_and_band(axes, steps, drawn, colour)
        axes.set_title(row.label)
    # Once all is drawn: limits set earlier would cut off what later panels hold.
    panels[0].set_xlim(0, 100)
    panels[0].set_ylim(bottom=0)
    _hide_unused(panels, len(rows), sheet.columns)
    figure.supxlabel(f"position on the {cell.path} path (%)")
    figure.supylabel(QUANTITIES[quantity])
    legend(figure, rows)
    return figure


def quantity_named(name: str) -> Quantity:
    """What a curve is of.

    Raises:
        UnknownNameError: there is no such curve.
    """
    for quantity in QUANTITIES:
        if quantity == name:
            return quantity
    raise UnknownNameError("metric", name, QUANTITIES)


def along(curves: Curves, quantity: Quantity) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Positions in percent, ``[points]``, and whole curves of one quantity, ``[paths, points]``."""
    whole = curves[curves.whole]
    return 100 * curves.fractions, whole.l2 if quantity == "l2" else whole.kl


def interpolation_note(drawn: Iterable[Curves]) -> str:
    """How much of the whole ones of these curves was interpolated; empty where nothing was."""
    whole = [each[each.whole] for each in drawn]
    filled = sum(int(each.interpolated.sum()) for each in whole)
    if not filled:
        return ""
    share = filled / sum(each.l2.size for each in whole)
    return f"{formatting.share(share)} of the points are interpolated"


def _hide_unused(panels: Sequence[Axes], used: int, columns: int) -> None:
    for axes in panels[used:]:
        axes.set_visible(False)
    for axes in panels[max(used - columns, 0) : used]:
        axes.tick_params(labelbottom=True)
