"""The figure that explains the board: a plateau and a step, toward real and toward Gaussian."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from synact_bench.core.curves import Curves
from synact_bench.core.experiments import GAUSSIAN, REFERENCE
from synact_bench.drawing.palette import UNCONDITIONAL
from synact_bench.reports.comparable import Cells
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName

DARK = "#333333"
"""Of real activations, which stand before others here."""


class Panel(NamedTuple):
    """One experiment on one path.

    Attributes:
        cell: which.
        title: what is done in it.
        toward: of the horizontal axis.
        real: what the curve of real activations is called.
        gaussian: and that of Gaussian samples.
        feature: what of the curves is pointed at.
        share: of its largest value at which a curve is pointed at.
    """

    cell: CellName
    title: str
    toward: str
    real: str
    gaussian: str
    feature: str
    share: float


PANELS = (
    Panel(
        CellName("sensitivity", "relative"),
        "Sensitivity: from a prompt's own activation",
        "way to the target (%)",
        "toward a real activation",
        "toward a Gaussian sample",
        "step",
        0.45,
    ),
    Panel(
        CellName("plateau", "scaled"),
        "Plateau: away from an activation placed there",
        "way to a Gaussian sample (%)",
        "from a real activation",
        "from a Gaussian sample",
        "plateau",
        0.08,
    ),
)


def glance(cells: Cells) -> Figure | None:
    """Median curves of real activations and of Gaussian samples; None without one of the cells.

    Of each path l2 is in units of its largest value, so that the shape is seen and not the length.
    """
    drawn = [(each, cells[each.cell]) for each in PANELS if _complete(cells.get(each.cell, {}))]
    if len(drawn) < len(PANELS):
        return None
    figure = Figure(figsize=(8.0, 2.9), layout="constrained")
    for axes, (panel, rows) in zip(figure.subplots(1, len(PANELS)), drawn, strict=True):
        _draw(axes, panel, rows)
    label = "change of the model's output\n(l2 at the last layer, share of its most)"
    figure.supylabel(label, fontsize=8)
    return figure


def contrast(cells: Cells) -> float:
    """How far the two rows are apart in the figure, 0 to 1: the gap of the medians, over points and
    panels; 0 where there is no figure.
    """
    drawn = [cells[each.cell] for each in PANELS if _complete(cells.get(each.cell, {}))]
    if len(drawn) < len(PANELS):
        return 0.0
    medians = (
        [_shape(rows[name].table.curves)[1] for name in (GAUSSIAN, REFERENCE)] for rows in drawn
    )
    return float(np.mean([np.abs(np.subtract(*each)).mean() for each in medians]))


def _complete(rows: Mapping[str, Cell]) -> bool:
    """Whether both rows are there, with curves whose every point is known."""
    pair = [rows[name] for name in (GAUSSIAN, REFERENCE) if name in rows]
    return len(pair) > 1 and all(len(_moving(each.table.curves)) for each in pair)


def _moving(curves: Curves) -> NDArray[np.float64]:
    """l2 of whole paths on which the output changes at all, ``[paths, points]``."""
    l2 = curves[curves.whole].l2.astype(np.float64)
    moving: NDArray[np.float64] = l2[l2.max(axis=1, initial=0.0) > 0]
    return moving


def _draw(axes: Axes, panel: Panel, rows: Mapping[str, Cell]) -> None:
    for name, colour, label in (
        (GAUSSIAN, UNCONDITIONAL, panel.gaussian),
        (REFERENCE, DARK, panel.real),
    ):
        curves = rows[name].table.curves
        low, middle, high = _shape(curves)
        steps = 100 * curves.fractions
        axes.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(steps, middle, color=colour, linewidth=1.8, label=label)
    at = int(np.argmax(middle >= panel.share))
    axes.annotate(
        panel.feature,
        (steps[at], middle[at]),
        xytext=(28, -6),
        textcoords="offset points",
        va="center",
        arrowprops={"arrowstyle": "->", "color": DARK},
    )
    axes.set_title(panel.title)
    axes.set_xlabel(panel.toward)
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 1.02)
    axes.legend(frameon=False, loc="upper left")


def _shape(curves: Curves) -> tuple[NDArray[np.float64], ...]:
    """Quartiles over whole paths of l2 in units of a path's largest, three of ``[points]``."""
    l2 = _moving(curves)
    return tuple(np.percentile(l2 / l2.max(axis=1, keepdims=True), (25, 50, 75), axis=0))
