"""Figures: curves and distributions of every generator against real."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from synact_bench.core.curves import Curves
from synact_bench.core.experiments import REFERENCE
from synact_bench.reports import formatting
from synact_bench.reports.board import Board, BoardRow
from synact_bench.reports.comparable import Cells
from synact_bench.reports.failing import failing
from synact_bench.reports.forest import forest
from synact_bench.reports.glance import glance
from synact_bench.reports.palette import REAL, colour_of
from synact_bench.reports.panels import literal, mean_and_band, png, ridge, style
from synact_bench.reports.scored_cells import PLATEAU, RELATIVE
from synact_bench.scoring import CellName

COLUMNS = 4
"""Panels side by side."""

GLANCE = "plateau-and-step.png"
"""File of the figure that explains what is measured."""

FAILING = "failing.png"
"""File of the figure that shows where rows fail."""

BINS = 32
"""Most bins in a histogram."""

SHOWN = (RELATIVE, PLATEAU)
"""Cells whose curves are drawn."""

Quantity = Literal["l2", "kl"]
QUANTITIES: dict[Quantity, str] = {"l2": "l2 at the last layer", "kl": "kl (nats)"}


@dataclass(frozen=True)
class Distribution:
    """A metric whose distribution over paths is drawn.

    Attributes:
        cell: where it is measured.
        metric: its name.
        label: of its axis.
        limit: right end of its axis; the left is 0.
    """

    cell: CellName
    metric: str
    label: str
    limit: float


DISTRIBUTIONS = (
    Distribution(PLATEAU, "plateau_width", "plateau width (fraction of the path)", 1),
    Distribution(RELATIVE, "max_slope_step", "max-slope step (% of the path)", 100),
)


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
    drawings = []
    with style():
        explained = glance(cells) if board.replicates else None
        if explained is not None:
            caption = (
                "What is looked at: the step toward a real activation and the plateau around it, "
                "beside those of Gaussian samples. Medians and quartiles over whole paths."
            )
            drawings.append(Drawing(GLANCE, caption, png(explained)))
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
                figure = curve_figure(board, cells, cell, quantity)
                drawings.append(Drawing(name, caption, png(figure)))
        shown = [each for each in DISTRIBUTIONS if each.cell in cells]
        if shown and board.replicates:
            labels = " and ".join(each.metric for each in shown)
            caption = f"Distributions of {labels} over paths, medians marked, before real (grey)."
            figure = distribution_figure(board, cells, shown)
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


def interpolation_note(drawn: Iterable[Curves]) -> str:
    """How much of the whole ones of these curves was interpolated; empty where nothing was."""
    whole = [each[each.whole] for each in drawn]
    filled = sum(int(each.interpolated.sum()) for each in whole)
    if not filled:
        return ""
    share = filled / sum(each.l2.size for each in whole)
    return f"{formatting.share(share)} of the points are interpolated"


def curve_figure(board: Board, cells: Cells, cell: CellName, quantity: Quantity) -> Figure:
    """A panel per generator, in the board's order: mean and 10-90 % band, real behind."""
    rows = [row for row in board.rows if row.name in cells[cell]]
    lines = -(-len(rows) // COLUMNS)
    figure = Figure(figsize=(8.0, 0.9 + 1.6 * lines), layout="constrained")
    grid = figure.subplots(lines, COLUMNS, sharex=True, sharey=True, squeeze=False)
    panels = list(grid.flat)
    for axes, row in zip(panels, rows, strict=False):
        for name, colour in ((REFERENCE, REAL), (row.name, colour_of(row.card.track))):
            curves = cells[cell][name].table.curves
            curves = curves[curves.whole]
            drawn = curves.l2 if quantity == "l2" else curves.kl
            mean_and_band(axes, 100 * curves.fractions, drawn, colour)
        axes.set_title(_label(row))
    # Once all is drawn: limits set earlier would cut off what later panels hold.
    panels[0].set_xlim(0, 100)
    panels[0].set_ylim(bottom=0)
    _hide_unused(panels, len(rows))
    figure.supxlabel(f"position on the {cell.path} path (%)", fontsize=8)
    figure.supylabel(QUANTITIES[quantity], fontsize=8)
    _legend(figure, rows)
    return figure


def distribution_figure(board: Board, cells: Cells, shown: Iterable[Distribution]) -> Figure:
    """A panel per metric, a ridge per generator in the board's order, real behind each."""
    panels = list(shown)
    rows = [row for row in board.rows if any(row.name in cells[each.cell] for each in panels)]
    height = 1.0 + 0.42 * len(rows)
    figure = Figure(figsize=(8.0, height), layout="constrained")
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)
    for axes, panel in zip(grid.flat, panels, strict=True):
        _ridges(axes, rows, cells, panel, points=board.setting.points)
    heights = list(range(len(rows), 0, -1))
    grid[0, 0].set_yticks(heights, [_label(row) for row in rows])
    _legend(figure, rows)
    return figure


def _ridges(
    axes: Axes, rows: Sequence[BoardRow], cells: Cells, panel: Distribution, *, points: int
) -> None:
    found = {name: cell.sample.values[panel.metric] for name, cell in cells[panel.cell].items()}
    values = {name: each.values for name, each in found.items()}
    edges = edges_of(points, panel.limit)
    for place, row in enumerate(rows):
        if row.name not in values:
            continue
        base = float(len(rows) - place)
        pair = ((values[REFERENCE], REAL), (values[row.name], colour_of(row.card.track)))
        scale = 0.85 / max(_highest(each, edges) for each, _ in pair)
        for each, colour in pair:
            ridge(axes, each, edges, base=base, scale=scale, colour=colour)
    real = found[REFERENCE].defined
    if len(real):
        axes.axvline(float(np.median(real)), color=REAL, linewidth=0.8, linestyle=":", zorder=0)
    axes.set_xlim(0, panel.limit)
    axes.set_ylim(0.9, len(rows) + 1)
    axes.set_xlabel(panel.label)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def edges_of(points: int, limit: float) -> NDArray[np.float64]:
    """Bins that each hold equally many intervals of the grid, so that none is favoured."""
    intervals = points - 1
    fitting = max(count for count in range(1, BINS + 1) if intervals % count == 0)
    bins = fitting if 2 * fitting >= min(intervals, BINS) else BINS
    return np.linspace(0.0, limit, bins + 1)


def _highest(values: NDArray[np.float64], edges: NDArray[np.float64]) -> float:
    """Largest share in a bin; a small one for no values, of which nothing is drawn."""
    defined = values[~np.isnan(values)]
    return float(np.histogram(defined, edges)[0].max() / len(defined)) if len(defined) else 0.01


def _legend(figure: Figure, rows: Iterable[BoardRow]) -> None:
    colours = {"real": REAL} | {
        row.card.track or "generator": colour_of(row.card.track) for row in rows
    }
    patches = [Patch(color=colour, alpha=0.7, label=name) for name, colour in colours.items()]
    figure.legend(handles=patches, loc="outside upper right", ncols=len(patches), frameon=False)


def _hide_unused(panels: list[Axes], used: int) -> None:
    for axes in panels[used:]:
        axes.set_visible(False)
    for axes in panels[max(used - COLUMNS, 0) : used]:
        axes.tick_params(labelbottom=True)


def _label(row: BoardRow) -> str:
    return literal(row.name) + (" (control)" if row.control else "")
