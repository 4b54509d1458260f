"""The forest: overall realism of every row with its interval."""

from __future__ import annotations

from matplotlib.figure import Figure

from synact_bench.reports.board import Board
from synact_bench.reports.palette import CONDITIONED, REAL, UNCONDITIONAL
from synact_bench.reports.panels import literal
from synact_bench.scoring.departure import displayed

COLOURS = {"control": REAL, "unconditional": UNCONDITIONAL, "conditioned": CONDITIONED}
LOWEST = -1.0
"""Left end of the axis: realism as displayed is above it."""


def forest(board: Board) -> Figure | None:
    """A line per row, in the board's order: interval, value, rank; dotted lines at 0 and 1.

    None where no row has a realism, or there are too few documents to read one.
    """
    shown = [row for row in board.rows if row.realism.estimate is not None]
    if not shown or not board.replicates:
        return None
    figure = Figure(figsize=(8.0, 0.9 + 0.24 * len(shown)), layout="constrained")
    axes = figure.subplots()
    heights = list(range(len(shown), 0, -1))
    for mark in (0.0, 1.0):
        axes.axvline(mark, color=REAL, linewidth=0.8, linestyle=":", zorder=0)
    drawn: set[str] = set()
    for height, row in zip(heights, shown, strict=True):
        estimate = row.realism.estimate
        assert estimate is not None
        kind = "control" if row.control else row.card.track or "control"
        ends = estimate.interval or (estimate.value, estimate.value)
        low, value, high = map(displayed, (ends[0], estimate.value, ends[1]))
        axes.plot([low, high], [height, height], color=COLOURS[kind], linewidth=1.4)
        axes.plot(
            [value],
            [height],
            label=kind if kind not in drawn else "_nolegend_",
            linestyle="none",
            marker="o",
            markersize=4,
            color=COLOURS[kind],
            markerfacecolor="white" if row.flags else COLOURS[kind],
        )
        drawn.add(kind)
    names = [(f"{row.rank}  " if row.rank else "") + literal(row.name) for row in shown]
    axes.set_yticks(heights, names)
    axes.set_ylim(0.3, len(shown) + 0.7)
    left, right = axes.get_xlim()
    axes.set_xlim(max(left, LOWEST), max(right, 1.1))
    axes.set_xlabel("realism, 95 % interval (hollow: flagged; below 0: 1 / (1 - realism) - 1)")
    axes.tick_params(axis="y", length=0)
    axes.legend(loc="upper left", frameon=False)
    return figure
