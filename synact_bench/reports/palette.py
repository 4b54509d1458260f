"""The palette: colours and dashes by which real, Gaussian and generators are told apart.

One for the figures and the site. Every colour has a contrast of 3 at least to white and to the
site's dark ground, and no two lines differ by their colour alone.
"""

from __future__ import annotations

from typing import NamedTuple

REAL = "#8c8c8c"
UNCONDITIONAL = "#0072b2"
CONDITIONED = "#d55e00"
"""Grey, blue and vermilion of the Okabe-Ito palette: told apart by every kind of eye."""


class Stroke(NamedTuple):
    """How a line is drawn.

    Attributes:
        colour: as ``#rrggbb``.
        dash: lengths of strokes and gaps, pixels; empty for a whole line.
    """

    colour: str
    dash: tuple[int, ...] = ()


REAL_LINE = Stroke(REAL)
GAUSSIAN_LINE = Stroke("#8a7000", (2, 3))
COMPARED = (
    Stroke(UNCONDITIONAL),
    Stroke(CONDITIONED, (8, 4)),
    Stroke("#009068", (8, 3, 2, 3)),
    Stroke("#b3589a", (4, 3)),
)
"""Of generators beside each other; one alone is drawn as the first."""


def colour_of(track: str | None) -> str:
    """Of a generator's track."""
    return CONDITIONED if track == "conditioned" else UNCONDITIONAL
