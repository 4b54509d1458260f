"""The heat map: overall realism of every row on every testbed."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synact_bench.reports import formatting
from synact_bench.reports.grid import Grid, GridRow, Standing
from synact_bench.reports.panels import literal
from synact_bench.reports.sheet import SCREEN, Sheet
from synact_bench.scoring.departure import displayed

COLOURS = "PuOr"
"""Orange to purple through white: told apart by every kind of eye, and no colour of a track."""
MISSING = "0.88"
"""Grey of a place without a number."""
LIMIT = 1.0
"""Realism at the ends of the scale, of either sign: what is displayed lies between them."""
DARK = 0.6
"""Share of the scale from which on black can no longer be read."""


def heat_map(grid: Grid, *, sheet: Sheet | None = None) -> Figure | None:
    """A cell per row and testbed: white at 0 (Gaussian), purple at 1 (real), orange below.

    Colour and number are of the realism as displayed, which lies above -1.

    Rows stand in the grid's order, tracks and controls apart. A star marks a flagged row, a
    hyphen a place without a number. None where no row has one. By default it is as wide as its
    testbeds need.
    """
    groups = [list(rows) for _, rows in groupby(grid.rows, key=lambda row: row.group)]
    if not any(row.known for row in grid.rows):
        return None
    heights = [len(rows) for rows in groups]
    room = sheet or replace(SCREEN, width=3.0 + 1.25 * len(grid.columns))
    size = (room.width, 1.6 + room.line * sum(heights))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(
        len(groups), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
    )[:, 0]
    for axes, rows in zip(panels, groups, strict=True):
        _draw(axes, rows, grid)
    panels[0].xaxis.tick_top()
    panels[0].tick_params(labeltop=True)
    names = [literal(column.name) for column in grid.columns]
    panels[0].set_xticks(range(len(names)), names, rotation=30, ha="left")
    bar = figure.colorbar(panels[0].images[0], ax=list(panels), orientation="horizontal", aspect=40)
    bar.set_ticks([-1, 0, 1], labels=["-1 farthest", "0 as Gaussian", "1 as real"])
    sides = ("left", "center", "right") if sheet else ("center",) * 3
    for label, side in zip(bar.ax.get_xticklabels(), sides, strict=True):
        label.set_horizontalalignment(side)  # in print the outer two would stand beyond the figure
    bar.set_label("overall realism@2 (rank); * flagged")
    return figure


def _draw(axes: Axes, rows: list[GridRow], grid: Grid) -> None:
    names = [column.name for column in grid.columns]
    standings = [[row.standings[name] for name in names] for row in rows]
    values = [
        [np.nan if (value := _displayed(each)) is None else value for each in line]
        for line in standings
    ]
    axes.set_facecolor(MISSING)
    axes.imshow(
        np.array(values), cmap=matplotlib.colormaps[COLOURS], vmin=-LIMIT, vmax=LIMIT, aspect="auto"
    )
    for height, line in enumerate(standings):
        for place, each in enumerate(line):
            value = _displayed(each)
            shown = "-" if value is None else formatting.score(value)
            shown += "*" * bool(each.flags) + (f" ({each.rank})" if each.rank else "")
            dark = value is not None and abs(value) > DARK * LIMIT
            axes.text(
                place, height, shown, ha="center", va="center", color="white" if dark else "black"
            )
    labels = [literal(row.name) + (" (control)" if row.control else "") for row in rows]
    axes.set_yticks(range(len(rows)), labels)
    axes.tick_params(length=0, labelbottom=False)
    axes.spines[:].set_visible(False)


def _displayed(standing: Standing) -> float | None:
    return None if standing.realism is None else displayed(standing.realism.value)
