"""The forest: overall realism of every row with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from synact_bench.core.experiments import EXPERIMENTS
from synact_bench.drawing.palette import MARKS, REAL, colour_of
from synact_bench.drawing.panels import literal
from synact_bench.drawing.sheet import SCREEN, Sheet
from synact_bench.reports import formatting
from synact_bench.reports.board import Board, BoardRow
from synact_bench.reports.row_choice import only
from synact_bench.reports.tables import kind
from synact_bench.scoring.departure import displayed

LOWEST = -1.0
"""Left end of the axis: realism as displayed is above it."""
RIGHT = 1.1
"""Right end of the axis: no realism is above 1."""


def forest(
    board: Board,
    names: Sequence[str] = (),
    *,
    sheet: Sheet = SCREEN,
    lowest: float = LOWEST,
) -> Figure | None:
    """A line per row, in the board's order: interval, value, rank; dotted lines at 0 and 1.

    Of a row below the axis an arrow at its end says where it would be. None where no row has a
    realism, or there are too few documents to read one.

    Args:
        board: the board.
        names: rows to show; by default all. One without a number is shown too, except where the
            design draws it in some experiments alone.
        sheet: the room there is.
        lowest: left end of the axis at most, realism as displayed; it may end nearer to 0.
    """
    chosen = only(board.rows, names)
    shown = [row for row in chosen if row.realism.estimate is not None or not _partial(row)]
    if not board.replicates or all(row.realism.estimate is None for row in shown):
        return None
    figure = Figure(figsize=(sheet.width, 0.9 + sheet.line * len(shown)), layout="constrained")
    axes = figure.subplots()
    for mark in (0.0, 1.0):
        axes.axvline(mark, color=REAL, linewidth=0.8, linestyle=":", zorder=0)
    left = _left(shown, lowest)
    axes.set_xlim(left, RIGHT)
    heights = list(range(len(shown), 0, -1))
    for height, row in zip(heights, shown, strict=True):
        _line(axes, row, height, left, sheet.mark)
    names = [(f"{row.rank}  " if row.rank else "") + literal(row.name) for row in shown]
    axes.set_yticks(heights, names)
    axes.set_ylim(0.3, len(shown) + 0.7)
    axes.set_xlabel(_explained(shown))
    axes.tick_params(axis="y", length=0)
    _legend(figure, shown)
    return figure


def _partial(row: BoardRow) -> bool:
    """Whether the design draws a row in some experiments alone, so that it has no overall score."""
    drawn = [row.name in each.draws for each in EXPERIMENTS.values()]
    return any(drawn) and not all(drawn)


def _span(row: BoardRow) -> tuple[float, float, float]:
    """Low end, value and high end as displayed."""
    estimate = row.realism.estimate
    assert estimate is not None
    low, high = estimate.interval or (estimate.value, estimate.value)
    return displayed(low), displayed(estimate.value), displayed(high)


def _left(rows: Sequence[BoardRow], lowest: float) -> float:
    """The left end of the axis: below every row, but not below ``lowest``."""
    least = min(_span(row)[0] for row in rows if row.realism.estimate is not None)
    return max(lowest, min(least, 0.0) - 0.08)


def _line(axes: Axes, row: BoardRow, height: int, left: float, size: float) -> None:
    """One row: its interval and value, an arrow for what is beyond the axis, or why neither."""
    if row.realism.estimate is None:
        why = literal(formatting.cut(row.realism.reason or "not measured", 40))
        axes.text(max(left, 0.0), height, f" {why}", va="center", color=REAL, style="italic")
        return
    colour, (low, value, high) = colour_of(kind(row)), _span(row)
    if value < left:
        _mark(axes, row, left, height, "<", size)
        place, said = left + 0.015 * (RIGHT - left), formatting.score(value)
        axes.text(place, height, f" {said}", va="center", color=colour)
        return
    axes.plot([max(low, left), high], [height, height], color=colour, linewidth=1.4)
    _mark(axes, row, value, height, MARKS.get(kind(row), "o"), size)


def _mark(axes: Axes, row: BoardRow, place: float, height: int, mark: str, size: float) -> None:
    """A mark, hollow of a flagged row, whole at the end of the axis too."""
    colour = colour_of(kind(row))
    face = "white" if row.flags else colour
    shown: dict[str, Any] = {
        "marker": mark,
        "markersize": size,
        "color": colour,
        "markerfacecolor": face,
    }
    axes.plot([place], [height], linestyle="none", clip_on=False, **shown)


def _explained(rows: Sequence[BoardRow]) -> str:
    """What the axis is, and what of its marks stands on it."""
    known = [row for row in rows if row.realism.estimate is not None]
    said = ["hollow: flagged"] if any(row.flags for row in known) else []
    if any(_span(row)[0] < 0 for row in known):
        said.append("below 0: 1 / (1 - realism) - 1")
    return "\n".join(["realism, 95 % interval", *said])


def _legend(figure: Figure, rows: Sequence[BoardRow]) -> None:
    """A mark for each kind of row, above the axis."""
    kinds = dict.fromkeys(kind(row) for row in rows if row.realism.estimate is not None)
    shown = [(MARKS.get(each, "o"), colour_of(each), each) for each in kinds]
    marks = [
        Line2D([], [], linestyle="none", marker=mark, markersize=4, color=colour, label=name)
        for mark, colour, name in shown
    ]
    figure.legend(handles=marks, loc="outside upper right", ncols=len(marks), frameon=False)
