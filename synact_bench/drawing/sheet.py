"""Sheets: how wide a figure is, on a screen or in print, and how it is written."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import matplotlib.style
from matplotlib.figure import Figure

from synact_bench.drawing import panels

Width = Literal["column", "page"]


@dataclass(frozen=True)
class Sheet:
    """The room that a figure has.

    Attributes:
        width: of the figure, inches.
        line: height of a row of text, inches.
        panel: height of a panel of curves, inches.
        columns: panels side by side.
        mark: size of a mark, points.
        letter: width of a letter of an axis' label, inches.
    """

    width: float
    line: float
    panel: float
    columns: int
    mark: float
    letter: float

    def broken(self, label: str, panels: int, *, beside: float = 0.4) -> str:
        """The label of an axis on as many lines as it needs under one of ``panels`` side by side.

        Args:
            label: its words.
            panels: side by side on the sheet.
            beside: what stands left of each panel, inches.
        """
        room = self.width / panels - beside
        return textwrap.fill(label, max(12, int(room / self.letter)), break_long_words=False)


SCREEN = Sheet(8.0, line=0.24, panel=1.6, columns=4, mark=4.0, letter=0.066)
"""Of the board's pages."""
PRINT: Mapping[Width, Sheet] = MappingProxyType(
    {
        "column": Sheet(3.25, line=0.17, panel=1.15, columns=2, mark=2.4, letter=0.06),
        "page": Sheet(6.75, line=0.17, panel=1.3, columns=4, mark=3.2, letter=0.06),
    }
)
"""Of a paper in two columns: one of them, or both."""
STYLE: dict[str, Any] = {
    "font.size": 7,
    "axes.titlesize": 7,
    "axes.labelsize": 7,
    "figure.labelsize": 7,
    "legend.fontsize": 6.5,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.2,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "synact_bench",
}
"""Sizes in points, as in a caption. Letters are embedded, as TrueType or as shapes: Type 3 fonts,
matplotlib's own choice, are refused by some publishers."""
METADATA: Mapping[str, dict[str, None]] = MappingProxyType(
    {
        "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
        "png": {"Software": None},
        "svg": {"Creator": None, "Date": None},
    }
)
"""What a file would say of when and by what it was written, by its ending."""
DPI = 300
"""Dots an inch, of PNG in print."""


@contextmanager
def print_style() -> Iterator[None]:
    """Settings of every figure in print, whatever the user's own are."""
    with panels.style(), matplotlib.style.context(STYLE):
        yield


def encoded(figure: Figure, ending: str, *, dpi: int = DPI) -> bytes:
    """A figure as a file of this ending: equal figures give equal bytes with the same matplotlib.

    Args:
        figure: drawn within ``print_style``, which holds here too.
        ending: one of ``METADATA``.
        dpi: dots an inch, of PNG.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format=ending, metadata=METADATA[ending], dpi=dpi)
    return buffer.getvalue()
