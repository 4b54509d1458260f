"""Panels: how real and a generator are drawn against each other."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import matplotlib
import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from synact_bench.drawing.palette import Stroke

DOTS = 150
"""Of a picture, to the inch."""
MOST_PIXELS = 8_000_000
"""Of a picture: drawing takes some twenty bytes of memory for each."""
STYLE: dict[str, Any] = {
    "font.size": 8,
    "axes.titlesize": 8,
    "figure.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": DOTS,
    "savefig.dpi": DOTS,
}

BAND = (10, 90)
"""Percentiles of paths that a band spans."""


@contextmanager
def style() -> Iterator[None]:
    """Settings of every figure, whatever the user's own are."""
    with matplotlib.style.context(["default", STYLE]):
        yield


def literal(words: str) -> str:
    """``words`` as matplotlib shows them as they are: a dollar sign would start mathematics."""
    return words.replace("$", r"\$")


def dashed(stroke: Stroke, width: float) -> dict[str, Any]:
    """How matplotlib draws a line of the palette, ``width`` points wide.

    The palette's pixels are those of a screen, 96 an inch; a point is one of 72.
    """
    gaps = tuple(0.75 * each / width for each in stroke.dash)
    return {"color": stroke.colour, "linewidth": width, "linestyle": (0, gaps) if gaps else "-"}


def png(figure: Figure) -> bytes:
    """The figure as PNG: equal figures give equal bytes with the same matplotlib.

    One of hundreds of rows on many testbeds is drawn with fewer dots to the inch.
    """
    width, height = figure.get_size_inches()
    dots = min(DOTS, math.sqrt(MOST_PIXELS / (width * height)))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None}, dpi=dots)
    return buffer.getvalue()


def mean_and_band(
    axes: Axes,
    steps: NDArray[np.float64],
    curves: NDArray[np.float32],
    colour: str,
    *,
    line: Mapping[str, Any] = MappingProxyType({"linewidth": 1.4}),
    band: bool = True,
) -> None:
    """Mean of ``curves`` ``[paths, points]`` and, if ``band``, the band of its middle 80 %.

    ``line`` says how matplotlib draws the mean.
    """
    if not len(curves):
        return
    if band:
        low, high = np.percentile(curves.astype(np.float64), BAND, axis=0)
        axes.fill_between(steps, low, high, color=colour, alpha=0.25, linewidth=0)
    axes.plot(steps, curves.mean(axis=0, dtype=np.float64), **{"color": colour, **line})


def ridge(
    axes: Axes,
    values: NDArray[np.float64],
    edges: NDArray[np.float64],
    *,
    base: float,
    scale: float,
    colour: str,
) -> None:
    """Histogram of ``values`` standing on the line ``base``, its median marked.

    Args:
        axes: where to draw.
        values: NaN entries are left out.
        edges: of the bins.
        base: height of its foot.
        scale: height that a share of 1 in one bin would have.
        colour: of the histogram.
    """
    defined = values[~np.isnan(values)]
    if not len(defined):
        return
    share = np.histogram(defined, edges)[0] / len(defined)
    axes.stairs(base + scale * share, edges, baseline=base, fill=True, color=colour, alpha=0.35)
    axes.stairs(base + scale * share, edges, baseline=base, color=colour, linewidth=0.9)
    axes.plot([np.median(defined)] * 2, [base, base + 0.35], color=colour, linewidth=1.6)
