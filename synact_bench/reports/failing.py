"""Where rows fail: curves of the bases that tell most, beside real ones of the same base."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synact_bench.core.experiments import REAL as DRAWS
from synact_bench.drawing.palette import REAL, colour_of
from synact_bench.drawing.panels import literal
from synact_bench.reports.board import TRACKS, Board, BoardRow
from synact_bench.reports.comparable import Cells
from synact_bench.reports.tables import kind
from synact_bench.results.store import Cell

LEADING = 2
"""Rows of a track that are drawn."""
BASES = 4
"""Of a row, that are drawn."""


def failing(board: Board, cells: Cells) -> Figure | None:
    """A line per leading row of a track, a panel per telling base; None where nothing is told."""
    rows = leading(board)
    if not rows:
        return None
    figure = Figure(figsize=(8.0, 0.5 + 1.5 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), BASES, squeeze=False)
    for line, row in zip(grid, rows, strict=True):
        assert row.worst is not None
        cell, found = row.worst
        for axes, base in zip(line, found.bases, strict=False):
            for name in DRAWS:
                _curve(axes, cells[cell][name], base, REAL, width=0.8)
            _curve(axes, cells[cell][row.name], base, colour_of(kind(row)), width=1.4)
            axes.set_title(f"base {base}", fontsize=7)
            axes.set_xlim(0, 100)
            axes.set_ylim(bottom=0)
            axes.tick_params(labelsize=6)
        for axes in line[len(found.bases) :]:
            axes.set_visible(False)
        line[0].set_ylabel(f"{literal(row.name)}\n{cell.path}", fontsize=6)
    figure.supxlabel("position on the path (%)", fontsize=8)
    figure.supylabel("l2 at the last layer", fontsize=8)
    return figure


def leading(board: Board) -> list[BoardRow]:
    """The first rows of each track that are neither controls nor flagged."""
    found = []
    for track in TRACKS:
        own = [
            row
            for row in board.rows
            if row.card.track == track and not row.control and not row.flags and row.worst
        ]
        found += own[:LEADING]
    return found


def _curve(axes: Axes, cell: Cell, base: int, colour: str, *, width: float) -> None:
    """What is known of it; the points that were run are marked, unless all of them were."""
    places = np.flatnonzero(cell.table.base == base)
    if not len(places):
        return
    curves = cell.table.curves[places]
    l2 = curves.l2[0]
    known = ~np.isnan(l2)
    run = np.flatnonzero(curves.run[0, known])
    marker = "" if len(run) == len(l2) else "."
    axes.plot(
        100 * curves.fractions[known],
        l2[known],
        color=colour,
        linewidth=width,
        marker=marker,
        markevery=run.tolist(),
        markersize=3,
    )
