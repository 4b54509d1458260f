"""Curves of a row, as the site draws them: means and bands, and the bases that tell it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from synact_bench.core.curves import SCORED, Curves
from synact_bench.core.experiments import REAL
from synact_bench.drawing.panels import BAND
from synact_bench.reports.board import WANTED, BoardRow
from synact_bench.reports.comparable import Cells
from synact_bench.reports.failing import BASES
from synact_bench.scoring import CellName
from synact_bench.site.drawn import Band, CellCurves, RowCurves, TellingBase

DIGITS = 4
"""Significant digits of a number that is drawn: a screen shows fewer."""


def row_curves(name: str, cells: Cells, row: BoardRow | None = None) -> RowCurves:
    """What is drawn of a row, or of a draw of real that is none; in the order of its cells."""
    found = [
        cell_curves(cell, cells[cell][name].table.curves)
        for cell in WANTED
        if cell in cells and name in cells[cell]
    ]
    drawn = tuple(each for each in found if each is not None)
    return RowCurves(name, drawn, () if row is None else tuple(telling(row, cells)))


def cell_curves(cell: CellName, curves: Curves) -> CellCurves | None:
    """Means and bands of the curves that are known on the whole grid; None where none is."""
    whole = curves[curves.whole]
    if not len(whole):
        return None
    percent = _numbers(100 * whole.fractions)
    share = _number(whole.interpolated_share)
    return CellCurves(shown(cell), len(whole), percent, _band(whole.l2), _band(whole.kl), share)


def at_scored(cell: CellCurves) -> CellCurves:
    """The same at the scored fractions alone, all of which were run: a table that can be read."""
    kept = [
        min(range(len(cell.percent)), key=lambda place: abs(cell.percent[place] - 100 * fraction))
        for fraction in SCORED
    ]

    def chosen(numbers: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(numbers[place] for place in kept)

    l2, kl = (
        Band(chosen(each.mean), chosen(each.low), chosen(each.high)) for each in (cell.l2, cell.kl)
    )
    return CellCurves(cell.cell, cell.paths, chosen(cell.percent), l2, kl)


def telling(row: BoardRow, cells: Cells) -> Iterable[TellingBase]:
    """The bases that give a row away, in its worst cell; none where nothing is told."""
    if row.worst is None or row.name not in cells[row.worst[0]]:
        return
    cell, found = row.worst
    for base in found.bases[:BASES]:
        lines = [_of_base(cells, cell, name, base) for name in (row.name, *REAL)]
        l2 = np.stack([line for line, _ in lines])
        known = ~np.isnan(l2).any(axis=0)
        filled = np.stack([each for _, each in lines])[:, known]
        fractions = cells[cell][row.name].table.curves.fractions
        own, *real = (_numbers(line[known]) for line in l2)
        share = _number(float(filled.mean())) if filled.size else 0.0
        yield TellingBase(base, _numbers(100 * fractions[known]), own, tuple(real), share)


def shown(cell: CellName) -> str:
    """A cell's name."""
    return f"{cell.experiment}/{cell.path}"


def _of_base(
    cells: Cells, cell: CellName, name: str, base: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The l2 curve of one base and which of its points were filled in, both ``[points]``.

    NaN where it, or the base, is not known.
    """
    table = cells[cell][name].table
    places = np.flatnonzero(table.base == base)
    if not len(places):
        points = len(table.curves.fractions)
        return np.full(points, np.nan, np.float32), np.zeros(points, np.bool_)
    return table.curves.l2[places[0]], table.curves.interpolated[places[0]]


def _band(curves: NDArray[np.float32]) -> Band:
    numbers = curves.astype(np.float64)
    low, high = np.percentile(numbers, BAND, axis=0)
    return Band(_numbers(numbers.mean(axis=0)), _numbers(low), _numbers(high))


def _numbers(values: NDArray[np.floating]) -> tuple[float, ...]:
    """Rounded, so that files are small and equal on other processors."""
    return tuple(map(_number, values.tolist()))


def _number(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
