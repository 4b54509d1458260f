"""The ladder: realism along a known dose, or along the training of a prior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from synact_bench.drawing.palette import COMPARED, REAL
from synact_bench.drawing.panels import dashed, literal
from synact_bench.drawing.sheet import SCREEN, Sheet
from synact_bench.reports.overlay import LINE
from synact_bench.scoring.departure import displayed

MARKS = ("o", "s", "D", "^")
"""Of each line, so that they differ by more than their colour."""
APART = 0.012
"""Between the marks of two lines at one dose, so that their intervals are told apart."""
MIDDLE = 0.5
"""Realism from which on a landmark is named on the right."""
HEIGHT, TALLEST = 0.72, 2.8
"""Of the figure: as a share of its width, and at most, inches."""


@dataclass(frozen=True)
class Rung:
    """One place on a ladder.

    Attributes:
        place: dose or step.
        value: realism, 1 - rho.
        interval: the ends of its 95 % interval; None without one.
    """

    place: float
    value: float
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class DrawnLadder:
    """Realism along a ladder.

    Attributes:
        lines: rungs in the order of their places, by the name of what is scored.
        label: what the places are.
        logarithmic: whether places multiply, as steps of a training do.
        landmarks: realism that the lines are compared with, by the name of its row.
    """

    lines: Mapping[str, Sequence[Rung]]
    label: str
    logarithmic: bool
    landmarks: Mapping[str, float]


def ladder_figure(drawn: DrawnLadder, *, sheet: Sheet = SCREEN) -> Figure:
    """A line for each score, with 95 % intervals; dotted lines at the landmarks."""
    height = min(HEIGHT * sheet.width, TALLEST)
    figure = Figure(figsize=(sheet.width, height), layout="constrained")
    axes = figure.subplots()
    for name, value in drawn.landmarks.items():
        axes.axhline(displayed(value), color=REAL, linewidth=0.8, linestyle=":", zorder=0)
        right = value > MIDDLE  # lines fall from real to Gaussian: there they leave room
        axes.annotate(
            literal(name),
            (float(right), displayed(value)),
            xycoords=("axes fraction", "data"),
            xytext=(-2 if right else 2, 2),
            textcoords="offset points",
            ha="right" if right else "left",
            color=REAL,
        )
    ways = zip(drawn.lines.items(), COMPARED, MARKS, strict=False)
    for number, ((name, rungs), stroke, mark) in enumerate(ways):
        aside = 0.0 if drawn.logarithmic else APART * (number - (len(drawn.lines) - 1) / 2)
        below, above = zip(*map(_reach, rungs), strict=True)
        axes.errorbar(
            [each.place + aside for each in rungs],
            [displayed(each.value) for each in rungs],
            yerr=[below, above],
            label=literal(name),
            marker=mark,
            markersize=3.5,
            elinewidth=0.8,
            capsize=2,
            **dashed(stroke, LINE),
        )
    if drawn.logarithmic:
        axes.set_xscale("log")
    axes.set_ylim(top=1.08)
    axes.set_xlabel(drawn.label)
    shown = [displayed(each.value) for rungs in drawn.lines.values() for each in rungs]
    axes.set_ylabel("realism" + ("\n(below 0: 1 / (1 - realism) - 1)" if min(shown) < 0 else ""))
    if len(drawn.lines) > 1:
        figure.legend(loc="outside upper center", ncols=len(drawn.lines), frameon=False)
    return figure


def _reach(rung: Rung) -> tuple[float, float]:
    """How far its interval reaches below and above it, as displayed."""
    value = displayed(rung.value)
    low, high = (displayed(end) for end in rung.interval or (rung.value, rung.value))
    return max(value - low, 0.0), max(high - value, 0.0)
