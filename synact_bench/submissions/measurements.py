"""Measurements: that the numbers of a submission's paths are possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synact_bench.core.curves import Curves
from synact_bench.core.errors import RecordError
from synact_bench.reports.scored_cells import POINTS
from synact_bench.results.record import Record
from synact_bench.results.store import Cell
from synact_bench.results.table import CellTable
from synact_bench.submissions.hygiene import LARGEST, check_text
from synact_bench.submissions.refusal import SubmissionError, shown

LEAST = {"distance": 0.0, "norm": 0.0, "cosine": -1.001, "mahalanobis": 0.0, "l2": 0.0, "kl": -1e-3}
"""By column; what lies below it is no such quantity."""
MOST = {"cosine": 1.001}
"""By column; ``LARGEST`` for the others."""
CLOSE = 1e-6
"""By which another machine's arithmetic may change a fraction."""


def check(cell: Cell, field: str) -> None:
    """One cell's paths.

    Args:
        cell: as it was read: points that were not run are interpolated or NaN.
        field: of its record.

    Raises:
        SubmissionError: a number is out of its bounds, or no metric can be computed.
    """
    record, table = cell.record, cell.table
    where = f"cell {'/'.join(cell.name)}"
    _check_bases(record, table, where)
    for name, values in table.geometry.items():
        _check_bounds(name, values, where)
    for document in dict.fromkeys(table.document):
        check_text(document, f"{where}, column document")
    _check_fractions(record, table.curves, where)
    scored = _scored(table.curves, where)
    refined = table.base < record.identity.refined
    for name, values in (("l2", table.curves.l2), ("kl", table.curves.kl)):
        _check_bounds(name, values[refined], where)
        _check_bounds(name, values[:, scored], where)
    _check_run(table.curves.run, refined, scored, where)
    if record.points_run != table.curves.points_run:
        raise SubmissionError(
            f"is {record.points_run}, the pack has {table.curves.points_run} points that were run",
            field=f"{field}.points_run",
        )
    try:
        cell.sample  # noqa: B018
    except RecordError as error:
        raise SubmissionError(error.what, field=f"{where}, curves") from error


def check_documents(cells: Sequence[Cell], reference: Sequence[Cell]) -> None:
    """That every base is of the document that the published rows say.

    Raises:
        SubmissionError: one is not.
    """
    known: Mapping[int, str] = {
        int(base): document
        for cell in reference
        for base, document in zip(cell.table.base, cell.table.document, strict=True)
    }
    for cell in cells:
        for base, document in zip(cell.table.base, cell.table.document, strict=True):
            if known.get(int(base), document) != document:
                raise SubmissionError(
                    f"is {shown(document)} for base {base}, the published reference has "
                    f"{shown(known[int(base)])}",
                    field=f"cell {'/'.join(cell.name)}, column document",
                )


def _check_bases(record: Record, table: CellTable, where: str) -> None:
    base, bases = table.base, record.identity.bases
    if (np.diff(base) <= 0).any() or base[0] < 0 or base[-1] >= bases:
        raise SubmissionError(
            f"does not rise from 0 to {bases - 1} at most", field=f"{where}, column base"
        )


def _check_bounds(name: str, values: NDArray[np.float32], where: str) -> None:
    least, most = LEAST[name], MOST.get(name, LARGEST)
    bad = ~((values >= least) & (values <= most))  # NaN is in no bounds
    if bad.any():
        raise SubmissionError(
            f"holds {values[bad][0]:g}, not {least:g} to {most:g}", field=f"{where}, column {name}"
        )


def _check_fractions(record: Record, curves: Curves, where: str) -> None:
    even = np.linspace(0.0, 1.0, record.identity.points)
    if curves.fractions.shape != even.shape or not np.abs(curves.fractions - even).max() <= CLOSE:
        raise SubmissionError(
            f"are not {record.identity.points} equal steps from 0 to 1", field=f"{where}, fractions"
        )


def _scored(curves: Curves, where: str) -> NDArray[np.bool_]:
    """Which points of the grid are scored, its first among them, ``[points]``."""
    try:
        fractions = curves.at(POINTS).fractions
    except ValueError as error:
        raise SubmissionError(f"lack {error}", field=f"{where}, fractions") from error
    return np.isin(curves.fractions, fractions)


def _check_run(
    run: NDArray[np.bool_],
    refined: NDArray[np.bool_],
    scored: NDArray[np.bool_],
    where: str,
) -> None:
    """Every path at the scored fractions, that of a base that is not refined nowhere else."""
    if not run[:, scored].all():
        raise SubmissionError(
            "does not hold every scored fraction of every path", field=f"{where}, column point"
        )
    if run[np.ix_(~refined, ~scored)].any():
        raise SubmissionError(
            "holds further points of a base that is not refined", field=f"{where}, column point"
        )
