"""Ridges: how a metric of single paths is distributed, each row before real."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from synact_bench.core.experiments import REFERENCE
from synact_bench.drawing.palette import REAL
from synact_bench.drawing.panels import ridge
from synact_bench.drawing.sheet import SCREEN, Sheet
from synact_bench.metrics import METRICS, PathValues
from synact_bench.reports.comparable import Cells
from synact_bench.reports.drawn_rows import DrawnRow, legend
from synact_bench.reports.scored_cells import PLATEAU, RELATIVE
from synact_bench.scoring import CellName

BINS = 32
"""Most bins in a histogram."""
NAMES = 1.2
"""Room of the names of rows, inches."""
HEIGHT = 1.75
"""Of a ridge, in rows of text."""


@dataclass(frozen=True)
class Distribution:
    """A metric whose distribution over paths is drawn.

    Attributes:
        cell: where it is measured.
        metric: its name.
        label: of its axis.
        limit: largest value that its bins hold; the least is 0.
    """

    cell: CellName
    metric: str
    label: str
    limit: float


DISTRIBUTIONS = (
    Distribution(PLATEAU, "plateau_width", "plateau width (fraction of the path)", 1),
    Distribution(RELATIVE, "max_slope_step", "max-slope step (% of the path)", 100),
)
BOUNDS = {"fraction of the path": 1.0, "steps": 100.0}
"""Of metrics by their unit, where they are a position on the path or a length along it."""


def distribution_of(cells: Cells, cell: CellName, metric: str) -> Distribution:
    """That of any metric of single paths, with its unit on the axis."""
    for each in DISTRIBUTIONS:
        if (each.cell, each.metric) == (cell, metric):
            return each
    unit = METRICS[metric].unit
    found = (each.sample.values[metric] for each in cells[cell].values())
    limit = max(BOUNDS.get(unit, 0.0), largest(found)) or 1.0
    return Distribution(cell, metric, f"{metric.replace('_', ' ')} ({unit})", limit)


def distribution_figure(
    rows: Sequence[DrawnRow],
    cells: Cells,
    shown: Iterable[Distribution],
    *,
    points: int,
    sheet: Sheet = SCREEN,
) -> Figure:
    """A panel for each metric, a ridge for each row in their order, real behind each.

    ``points`` are those of the grid, which the bins are fitted to. An axis ends with the last bin
    that holds anything.
    """
    panels = list(shown)
    rows = [row for row in rows if any(row.name in cells[each.cell] for each in panels)]
    height = 1.0 + HEIGHT * sheet.line * len(rows)
    figure = Figure(figsize=(sheet.width, height), layout="constrained")
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)
    for axes, panel in zip(grid.flat, panels, strict=True):
        _ridges(axes, rows, cells, panel, points=points)
        # Under the names of rows there is room, which the first of the panels shares.
        axes.set_xlabel(sheet.broken(panel.label, len(panels), beside=NAMES / len(panels)))
    heights = list(range(len(rows), 0, -1))
    grid[0, 0].set_yticks(heights, [row.label for row in rows])
    legend(figure, rows)
    return figure


def _ridges(
    axes: Axes, rows: Sequence[DrawnRow], cells: Cells, panel: Distribution, *, points: int
) -> None:
    measured = cells[panel.cell]
    names = [name for name in (REFERENCE, *(row.name for row in rows)) if name in measured]
    found = {name: measured[name].sample.values[panel.metric] for name in names}
    edges = reached(edges_of(points, panel.limit), found.values())
    for place, row in enumerate(rows):
        if row.name not in found:
            continue
        base = float(len(rows) - place)
        pair = ((found[REFERENCE].values, REAL), (found[row.name].values, row.colour))
        scale = 0.85 / max(_highest(each, edges) for each, _ in pair)
        for each, colour in pair:
            ridge(axes, each, edges, base=base, scale=scale, colour=colour)
    real = found[REFERENCE].defined
    if len(real):
        axes.axvline(float(np.median(real)), color=REAL, linewidth=0.8, linestyle=":", zorder=0)
    axes.set_xlim(0, edges[-1])
    axes.set_ylim(0.9, len(rows) + 1)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def edges_of(points: int, limit: float) -> NDArray[np.float64]:
    """Bins that each hold equally many intervals of the grid, so that none is favoured."""
    intervals = points - 1
    fitting = max(count for count in range(1, BINS + 1) if intervals % count == 0)
    bins = fitting if 2 * fitting >= min(intervals, BINS) else BINS
    return np.linspace(0.0, limit, bins + 1)


def reached(edges: NDArray[np.float64], found: Iterable[PathValues]) -> NDArray[np.float64]:
    """The bins up to the last one that holds a value; all of them where there is none."""
    most = largest(found)
    return edges[: int(np.searchsorted(edges, most)) + 1] if most > 0 else edges


def largest(found: Iterable[PathValues]) -> float:
    """The largest value of any path; 0 where there is none."""
    return max((float(each.defined.max(initial=0.0)) for each in found), default=0.0)


def _highest(values: NDArray[np.float64], edges: NDArray[np.float64]) -> float:
    """Largest share in a bin; a small one for no values, of which nothing is drawn."""
    defined = values[~np.isnan(values)]
    return float(np.histogram(defined, edges)[0].max() / len(defined)) if len(defined) else 0.01
