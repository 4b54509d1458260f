"""Overlays: rows beside each other in one panel, before real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from synact_bench.core.errors import SynactError, UnknownNameError
from synact_bench.core.experiments import GAUSSIAN, REFERENCE
from synact_bench.drawing.palette import COMPARED, Stroke, strokes_of
from synact_bench.drawing.panels import dashed, literal, mean_and_band
from synact_bench.drawing.sheet import Sheet
from synact_bench.metrics import METRICS, PathMetric
from synact_bench.reports.comparable import Cells
from synact_bench.reports.curve_panels import QUANTITIES, Quantity, along, quantity_named
from synact_bench.reports.ridges import distribution_of, edges_of, reached
from synact_bench.scoring import CellName

LINE = 1.3
"""Width of a line, points."""
TALL = 1.5
"""Height of a panel of several rows, in panels of one."""

Drawn = TypeVar("Drawn", bound=Figure)


def cell_named(cells: Cells, path: str) -> CellName:
    """The cell that ``path`` names: ``scaled``, or ``plateau/scaled`` where two have such a path.

    Raises:
        UnknownNameError: there is none.
        SynactError: there are two.
    """
    found = [name for name in cells if path in (name.path, "/".join(name))]
    if not found:
        raise UnknownNameError("path", path, map("/".join, cells))
    if len(found) > 1:
        raise SynactError(
            f"{path!r} is a path of several experiments",
            where="--path",
            fix=f"name one: {', '.join(map('/'.join, found))}",
        )
    return found[0]


def metric_named(cells: Cells, cell: CellName, metric: str) -> str:
    """A curve's quantity, or a metric that gives each path of the cell its own number.

    Raises:
        UnknownNameError: it is neither.
    """
    known = [*QUANTITIES, *metrics_in(cells, cell)]
    if metric not in known:
        raise UnknownNameError("metric", metric, known)
    return metric


def metrics_in(cells: Cells, cell: CellName) -> list[str]:
    """Metrics of single paths that a cell has."""
    named = cells[cell][REFERENCE].sample.values
    return [name for name in named if isinstance(METRICS[name], PathMetric)]


def together(rows: Sequence[str]) -> bool:
    """Whether the lines of all these rows can be told apart in one panel."""
    return len({*rows} - {REFERENCE, GAUSSIAN}) <= len(COMPARED)


def overlay(
    axes: Axes, cells: Cells, cell: CellName, metric: str, rows: Sequence[str]
) -> dict[str, Stroke]:
    """Draw rows and real onto given axes: their curves, or how their paths are distributed.

    Of curves the mean of whole paths, with the 10-90 % band of real, and that of a row that stands
    there alone. Of a metric of single paths a histogram: shares of the paths.

    Args:
        axes: where to draw; their labels and limits are set.
        cells: arranged.
        cell: one of them.
        metric: ``l2``, ``kl`` or a metric of single paths.
        rows: names of rows; those that the cell lacks are left out.

    Returns:
        The line of each row that is drawn, real first.

    Raises:
        UnknownNameError: there is no such metric.
        SynactError: more rows than can be told apart.
    """
    metric_named(cells, cell, metric)
    strokes = strokes_of([REFERENCE, *rows])
    shown = {name: stroke for name, stroke in strokes.items() if name in cells[cell]}
    if metric in QUANTITIES:
        _curves(axes, cells, cell, quantity_named(metric), shown)
    else:
        _histograms(axes, cells, cell, metric, shown)
    return shown


def overlay_figure(
    figure: Drawn,
    cells: Cells,
    chosen: Sequence[tuple[CellName, str]],
    rows: Sequence[str],
    *,
    sheet: Sheet,
    columns: int,
) -> Drawn:
    """A panel for each cell and metric, on an empty figure, with one legend of all rows above.

    Raises:
        UnknownNameError: there is no such metric.
        SynactError: a row is in none of the cells, or there are more than can be told apart.
    """
    refuse_unmeasured(cells, [cell for cell, _ in chosen], rows)
    columns = min(columns, len(chosen))
    lines = -(-len(chosen) // columns)
    panels = list(figure.subplots(lines, columns, squeeze=False).flat)
    shown: dict[str, Stroke] = {}
    for axes, (cell, metric) in zip(panels, chosen, strict=False):
        shown |= overlay(axes, cells, cell, metric, rows)
        axes.set_xlabel(sheet.broken(axes.get_xlabel(), columns))
    for axes in panels[len(chosen) :]:
        axes.set_visible(False)
    legend_of(figure, shown)
    return figure


def refuse_unmeasured(cells: Cells, places: Sequence[CellName], rows: Sequence[str]) -> None:
    """Refuse rows of which nothing would be drawn.

    Raises:
        SynactError: one is in none of the places.
    """
    for name in rows:
        if not any(name in cells[place] for place in places):
            where = [f"{each.experiment}/{each.path}" for each, own in cells.items() if name in own]
            raise SynactError(
                f"was not measured on {', '.join(dict.fromkeys(map('/'.join, places)))}",
                where=f"row {name}",
                fix=f"leave it out, or name a path that it has: {', '.join(where) or 'none'}",
            )


def size_of(panels: int, sheet: Sheet, *, columns: int) -> tuple[float, float]:
    """Width and height, in inches, of an overlay figure."""
    lines = -(-panels // min(columns, panels))
    return sheet.width, 0.3 + TALL * sheet.panel * lines


def legend_of(figure: Figure, strokes: Mapping[str, Stroke]) -> None:
    """The line of each row, above all panels."""
    lines = lines_of(strokes)
    width = figure.get_figwidth()
    columns = max(1, min(len(lines), int(width / 1.6)))
    place: dict[str, Any] = {
        "loc": "outside upper center",
        "ncols": columns,
        "frameon": False,
        "handlelength": 2.6,
    }
    figure.legend(handles=lines, **place)


def lines_of(strokes: Mapping[str, Stroke]) -> list[Line2D]:
    """What a legend shows of each row."""
    return [
        Line2D([], [], label=literal(name), **dashed(stroke, LINE))
        for name, stroke in strokes.items()
    ]


def _curves(
    axes: Axes, cells: Cells, cell: CellName, quantity: Quantity, strokes: Mapping[str, Stroke]
) -> None:
    alone = len(strokes) <= 2
    for name, stroke in strokes.items():
        steps, drawn = along(cells[cell][name].table.curves, quantity)
        banded = alone or name == REFERENCE
        mean_and_band(axes, steps, drawn, stroke.colour, line=dashed(stroke, LINE), band=banded)
    axes.set_xlim(0, 100)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(f"{cell.experiment}, {cell.path} path (%)")
    axes.set_ylabel(QUANTITIES[quantity])


def _histograms(
    axes: Axes, cells: Cells, cell: CellName, metric: str, strokes: Mapping[str, Stroke]
) -> None:
    panel = distribution_of(cells, cell, metric)
    found = {name: cells[cell][name].sample.values[metric] for name in strokes}
    points = len(cells[cell][REFERENCE].table.curves.fractions)
    edges = reached(edges_of(points, panel.limit), found.values())
    for name, stroke in strokes.items():
        values = found[name].defined
        if not len(values):
            continue
        share = np.histogram(values, edges)[0] / len(values)
        if name == REFERENCE:
            axes.stairs(share, edges, fill=True, color=stroke.colour, alpha=0.35)
        axes.stairs(share, edges, **dashed(stroke, LINE))
    axes.set_xlim(0, float(edges[-1]))
    axes.set_ylim(bottom=0)
    axes.set_xlabel(panel.label)
    axes.set_ylabel(f"share of paths\n({cell.experiment}, {cell.path})")
