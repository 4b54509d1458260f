"""The palette: colours and dashes by which real, Gaussian and generators are told apart.

One for the figures and the site. Every colour has a contrast of 3 at least to white and, except for
``CONTROL``, to the site's dark ground, and no two lines differ by their colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from synact_bench.core.errors import SynactError
from synact_bench.core.experiments import GAUSSIAN, REFERENCE

REAL = "#8c8c8c"
UNCONDITIONAL = "#0072b2"
CONDITIONED = "#d55e00"
"""Grey, blue and vermilion of the Okabe-Ito palette: told apart by every kind of eye."""
CONTROL = "#6b1f4f"
"""Plum, of figures on white: dark, and so told from the three above by every kind of eye."""


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


COLOURS: Mapping[str, str] = MappingProxyType(
    {"unconditional": UNCONDITIONAL, "conditioned": CONDITIONED, "control": CONTROL}
)
MARKS: Mapping[str, str] = MappingProxyType(
    {"unconditional": "o", "conditioned": "s", "control": "D"}
)
"""By what a row is: its colour and mark in figures, which tell it apart without the colour too."""


def colour_of(kind: str) -> str:
    """Of a row, by its track or that it is a control; of another track the first."""
    return COLOURS.get(kind, UNCONDITIONAL)


def strokes_of(names: Sequence[str]) -> dict[str, Stroke]:
    """A line for each row beside others: real and Gaussian their own, those of ``COMPARED`` else.

    Raises:
        SynactError: there are more rows than lines that can be told apart.
    """
    own = {REFERENCE: REAL_LINE, GAUSSIAN: GAUSSIAN_LINE}
    others = [name for name in dict.fromkeys(names) if name not in own]
    if len(others) > len(COMPARED):
        raise SynactError(
            f"{len(others)} rows beside real and {GAUSSIAN} cannot be told apart in one picture",
            where=", ".join(others),
            fix=f"name at most {len(COMPARED)}",
        )
    lines = dict(zip(others, COMPARED, strict=False))
    return {name: own.get(name) or lines[name] for name in dict.fromkeys(names)}
