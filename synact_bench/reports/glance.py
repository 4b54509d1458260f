"""The figure that explains the board: a plateau and a step, toward real and toward Gaussian."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


class Quartiles(NamedTuple):
    """Those over whole paths of l2 in units of a path's largest, ``[points]`` each.

    So that the shape is seen and not the length.

    Attributes:
        fractions: positions on the path, 0 to 1.
        low, middle, high: the quartiles.
    """

    fractions: NDArray[np.float64]
    low: NDArray[np.float64]
    middle: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Glance:
    """What the figure shows of a testbed.

    Attributes:
        panels: of each of ``PANELS``, the shape of Gaussian samples and of real activations.
    """

    panels: tuple[tuple[Quartiles, Quartiles], ...]

    @classmethod
    def of(cls, cells: Cells) -> Glance | None:
        """The shapes of a board's cells; None without one of them, or where none moves."""
        found = [cells.get(each.cell, {}) for each in PANELS]
        if not all(map(_complete, found)):
            return None
        return cls(tuple((_shape(rows[GAUSSIAN]), _shape(rows[REFERENCE])) for rows in found))

    @property
    def contrast(self) -> float:
        """How far apart the rows are, 0 to 1: the gap of the medians, over points and panels."""
        gaps = [np.abs(one.middle - other.middle).mean() for one, other in self.panels]
        return float(np.mean(gaps))

    def figure(self) -> Figure:
        """Median curves of real activations and of Gaussian samples, with quartiles."""
        figure = Figure(figsize=(8.0, 2.9), layout="constrained")
        drawn = zip(figure.subplots(1, len(PANELS)), PANELS, self.panels, strict=True)
        for axes, panel, shapes in drawn:
            _draw(axes, panel, shapes)
        label = "change of the model's output\n(l2 at the last layer, share of its most)"
        figure.supylabel(label, fontsize=8)
        return figure


def _complete(rows: Mapping[str, Cell]) -> bool:
    """Whether both rows are there, with curves whose every point is known."""
    pair = [rows[name] for name in (GAUSSIAN, REFERENCE) if name in rows]
    return len(pair) > 1 and all(len(_moving(each.table.curves)) for each in pair)


def _moving(curves: Curves) -> NDArray[np.float64]:
    """l2 of whole paths on which the output changes at all, ``[paths, points]``."""
    l2 = curves[curves.whole].l2.astype(np.float64)
    moving: NDArray[np.float64] = l2[l2.max(axis=1, initial=0.0) > 0]
    return moving


def _draw(axes: Axes, panel: Panel, shapes: tuple[Quartiles, Quartiles]) -> None:
    lines = ((UNCONDITIONAL, panel.gaussian), (DARK, panel.real))
    for shape, (colour, label) in zip(shapes, lines, strict=True):
        steps = 100 * shape.fractions
        axes.fill_between(steps, shape.low, shape.high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(steps, shape.middle, color=colour, linewidth=1.8, label=label)
    real = shapes[-1]
    at = int(np.argmax(real.middle >= panel.share))
    axes.annotate(
        panel.feature,
        (100 * real.fractions[at], real.middle[at]),
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


def _shape(cell: Cell) -> Quartiles:
    l2 = _moving(cell.table.curves)
    quartiles = np.percentile(l2 / l2.max(axis=1, keepdims=True), (25, 50, 75), axis=0)
    return Quartiles(cell.table.curves.fractions, *quartiles)
