"""Behind: why a row is not first over all testbeds of a suite."""

from __future__ import annotations

from collections.abc import Mapping

from synact_bench.reports import formatting
from synact_bench.reports.board import BoardRow
from synact_bench.reports.grid import GridRow
from synact_bench.reports.verdicts import verdict
from synact_bench.scoring import Realism
from synact_bench.site.suites import MeasuredBoard, MeasuredSuite


def over_all(name: str, suite: MeasuredSuite) -> str:
    """How many rows are better, the mean beside the best, and what is off where it is farthest.

    Args:
        name: of the row.
        suite: with its means.

    Returns:
        A sentence; empty for a row that is first or has no rank.
    """
    ranked = _ranked(name, suite)
    own = ranked.get(name)
    if own is None or own.overall.rank == 1:
        return ""
    best = max(
        (each for each in ranked.values() if each.overall.rank == 1), key=_mean, default=None
    )
    assert own.overall.rank is not None
    said = significantly_better(own.overall.rank)
    shown = formatting.bounded_value(Realism(own.overall.realism))
    if best is None:
        return f"{said}; mean realism {shown}"
    first = formatting.bounded_value(Realism(best.overall.realism))
    said = f"{said}; mean realism {shown}, that of {best.name} {first}"
    gaps = dict(_gaps(name, best.name, suite))
    if not gaps:
        return said
    made = max(gaps, key=lambda each: gaps[each])
    row = _rows(made)[name]
    return f"{said}; farthest behind on {made.title}: {verdict(row, made.board)}"


def significantly_better(place: int) -> str:
    """How many rows are significantly better than one of this rank, in words."""
    better = place - 1
    return f"{'1 row is' if better == 1 else f'{better} rows are'} significantly better"


def _ranked(name: str, suite: MeasuredSuite) -> Mapping[str, GridRow]:
    """Rows that are ranked with this one; none where it has no rank."""
    if suite.grid is None:
        return {}
    rows = {row.name: row for row in suite.grid.rows if row.overall.rank is not None}
    own = rows.get(name)
    return {} if own is None else {n: row for n, row in rows.items() if row.track == own.track}


def _mean(row: GridRow) -> float:
    assert row.overall.realism is not None
    return row.overall.realism.value


def _rows(made: MeasuredBoard) -> Mapping[str, BoardRow]:
    return {row.name: row for row in made.board.rows}


def _gaps(name: str, best: str, suite: MeasuredSuite) -> list[tuple[MeasuredBoard, float]]:
    """How far a row is behind the best on each testbed that both have a realism on."""
    found = []
    for made in suite.boards:
        rows = _rows(made)
        values = [rows[each].realism.value if each in rows else None for each in (best, name)]
        if values[0] is not None and values[1] is not None:
            found.append((made, values[0] - values[1]))
    return found
