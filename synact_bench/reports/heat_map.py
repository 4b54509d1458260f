"""The heat map: overall realism of every row on every testbed."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synact_bench.drawing.panels import literal
from synact_bench.drawing.sheet import SCREEN, Sheet
from synact_bench.reports import formatting
from synact_bench.reports.grid import Grid, GridRow, Standing
from synact_bench.scoring.departure import displayed

COLOURS = "PuOr"
"""Orange to purple through white: told apart by every kind of eye, and no colour of a track."""
MISSING = "0.88"
"""Grey of a place without a number."""
LIMIT = 1.0
"""Realism at the ends of the scale, of either sign: what is displayed lies between them."""
DARK = 0.6
"""Share of the scale from which on black can no longer be read."""
NAMES = 1.5
"""Room of the names of rows, inches."""
WIDE = 0.9
"""Of a column of which the name, turned a little, does not run into what is beside it, inches."""
TURNED = 0.5
"""Further height of names that stand upright, inches."""
LONGEST = 9.5
"""Letters of a number with its rank."""


def heat_map(grid: Grid, *, sheet: Sheet | None = None) -> Figure | None:
    """A cell per row and testbed: white at 0 (Gaussian), purple at 1 (real), orange below.

    Colour and number are of the realism as displayed, which lies above -1.

    Rows stand in the grid's order, tracks and controls apart. A star marks a flagged row, a
    hyphen a place without a number. None where no row has one. By default it is as wide as its
    testbeds need; on a sheet that is too narrow for that, words are shorter and numbers smaller.
    """
    groups = [list(rows) for _, rows in groupby(grid.rows, key=lambda row: row.group)]
    if not any(row.known for row in grid.rows):
        return None
    heights = [len(rows) for rows in groups]
    room = sheet or replace(SCREEN, width=3.0 + 1.25 * len(grid.columns))
    narrow = (room.width - NAMES) / len(grid.columns) < WIDE
    size = (room.width, 1.6 + room.line * sum(heights) + narrow * TURNED)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(
        len(groups), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
    )[:, 0]
    for axes, rows in zip(panels, groups, strict=True):
        _draw(axes, rows, grid, _letters(room, len(grid.columns)) if narrow else None)
    panels[0].xaxis.tick_top()
    panels[0].tick_params(labeltop=True)
    names = [literal(column.name) for column in grid.columns]
    bar = figure.colorbar(panels[0].images[0], ax=list(panels), orientation="horizontal", aspect=40)
    if narrow:
        panels[0].set_xticks(range(len(names)), names, rotation=90)
        bar.set_ticks([-1, 0, 1])
        bar.set_label("overall realism@2 (rank); * flagged\n0 as Gaussian, 1 as real")
    else:
        panels[0].set_xticks(range(len(names)), names, rotation=30, ha="left")
        bar.set_ticks([-1, 0, 1], labels=["-1 farthest", "0 as Gaussian", "1 as real"])
        bar.set_label("overall realism@2 (rank); * flagged")
    return figure


def _letters(room: Sheet, columns: int) -> float:
    """Size of numbers that fit into the cells of a narrow figure, points."""
    own = float(matplotlib.rcParams["font.size"])
    return own * min(1.0, (room.width - NAMES) / columns / (LONGEST * room.letter))


def _draw(axes: Axes, rows: list[GridRow], grid: Grid, letters: float | None) -> None:
    """A group of rows; of a narrow figure, numbers of that size, and bare names."""
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
            ink = "white" if dark else "black"
            axes.text(place, height, shown, ha="center", va="center", color=ink, fontsize=letters)
    labels = [
        literal(row.name) + (" (control)" if row.control and letters is None else "")
        for row in rows
    ]
    axes.set_yticks(range(len(rows)), labels)
    axes.tick_params(length=0, labelbottom=False)
    axes.spines[:].set_visible(False)


def _displayed(standing: Standing) -> float | None:
    return None if standing.realism is None else displayed(standing.realism.value)
