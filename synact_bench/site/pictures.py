"""Curves as static pictures: lines and bands of an SVG that stands in the page, without a script.

For pages that are made where the plotting library need not be, as that of a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from synact_bench.core.experiments import GAUSSIAN, REFERENCE
from synact_bench.reports import formatting
from synact_bench.site.drawn import Band, CellCurves, RowCurves
from synact_bench.site.pages import RowOnTestbed, WholeSite
from synact_bench.site.suites import data_place

LEFT, RIGHT, TOP, FOOT = 10.0, 310.0, 10.0, 120.0
"""Ends of the axes, pixels."""
QUANTITIES = MappingProxyType({"l2": "l2 at the read hook", "kl": "kl, nats"})
WHOLE = "100 % of the path"


@dataclass(frozen=True)
class Line:
    """A mean curve, and its band where it has one, as paths of an SVG."""

    who: str
    mean: str
    band: str = ""


@dataclass(frozen=True)
class CurvePicture:
    """What is drawn in one frame.

    Attributes:
        title: what it is of.
        limit: top of its axis; the foot is 0.
        lines: those drawn first are behind.
        interpolated: share of the row's points that were filled in.
        end: what stands at the right end of its axis.
    """

    title: str
    limit: float
    lines: tuple[Line, ...]
    interpolated: float
    end: str = WHOLE


def pictures(own: RowOnTestbed, site: WholeSite) -> list[CurvePicture]:
    """A frame a cell and quantity: a row before real activations and Gaussian samples."""
    row = site.curves[own.data].drawn
    behind = (data_place(own.column.key, name) for name in (GAUSSIAN, REFERENCE))
    others = [
        site.curves[each].drawn for each in behind if each in site.curves and each != own.data
    ]
    return [
        _of_cell(cell, [*others, row], quantity) for cell in row.cells for quantity in QUANTITIES
    ]


def telling(own: RowOnTestbed, site: WholeSite) -> list[CurvePicture]:
    """A frame a base that gives a row away: its l2 before that of draws of real."""
    row = site.curves[own.data].drawn
    found = []
    for base in row.telling:
        limit = _limit([*base.real, base.row])
        lines = [Line(REFERENCE, _path(base.percent, each, limit)) for each in base.real]
        lines.append(Line(row.name, _path(base.percent, base.row, limit)))
        found.append(CurvePicture(f"base {base.base}", limit, tuple(lines), base.interpolated))
    return found


def _of_cell(cell: CellCurves, rows: Sequence[RowCurves], quantity: str) -> CurvePicture:
    """The rows that have this cell, on the same points."""
    own = [(row.name, each) for row in rows for each in row.cells if each.cell == cell.cell]
    drawn = [(name, each) for name, each in own if each.percent == cell.percent]
    return frame(f"{cell.cell}: {QUANTITIES[quantity]}", drawn, quantity)


def frame(
    title: str, drawn: Sequence[tuple[str, CellCurves]], quantity: str, *, end: str = WHOLE
) -> CurvePicture:
    """Curves on the same points in one frame.

    Args:
        title: what it is of.
        drawn: whose they are, and the curves; those in front last, of which the interpolated share
            is told.
        quantity: one of ``QUANTITIES``.
        end: what stands at the right end of its axis.
    """
    bands = [(name, each.percent, _band(each, quantity)) for name, each in drawn]
    limit = _limit(numbers for *_, band in bands for numbers in (band.mean, band.high))
    lines = tuple(
        Line(name, _path(percent, band.mean, limit), _area(percent, band, limit))
        for name, percent, band in bands
    )
    return CurvePicture(title, limit, lines, drawn[-1][1].interpolated, end)


def _band(cell: CellCurves, quantity: str) -> Band:
    return cell.l2 if quantity == "l2" else cell.kl


def _limit(curves: Iterable[Sequence[float]]) -> float:
    """The largest number of all; 1 where there is none above 0."""
    return max((max(each) for each in curves if each), default=0.0) or 1.0


def _path(percent: Sequence[float], numbers: Sequence[float], limit: float) -> str:
    return "".join(_points(percent, numbers, limit))


def _area(percent: Sequence[float], band: Band, limit: float) -> str:
    """From the left along the low end, and back along the high one."""
    there = _points(percent, band.low, limit)
    back = _points(percent, band.high, limit)[::-1]
    return "".join(there) + "".join(back).replace("M", "L") + "Z"


def _points(percent: Sequence[float], numbers: Sequence[float], limit: float) -> list[str]:
    found = []
    for place, (x, y) in enumerate(zip(percent, numbers, strict=True)):
        right = LEFT + (RIGHT - LEFT) * x / 100
        down = FOOT - (FOOT - TOP) * max(y, 0.0) / limit
        found.append(f"{'L' if place else 'M'}{right:.1f} {down:.1f}")
    return found


def filled(share: float) -> str:
    """How much of what is drawn was interpolated; empty where nothing was."""
    return f"{formatting.share(share)} of its points interpolated" if share else ""


FILTERS = MappingProxyType({"pictures": pictures, "telling": telling, "filled": filled})
"""By the name that templates know them by."""
