"""The log of a run: which units it was to measure, and how each of them went."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from synact_bench.core import memory
from synact_bench.core.clock import since
from synact_bench.core.errors import FailedRowsError, RecordError, SynactError
from synact_bench.core.experiments import EXPERIMENTS
from synact_bench.results.journal import Journal, Notes
from synact_bench.run.arguments import arguments
from synact_bench.run.failures import FailedRows
from synact_bench.run.plan import CellPlan
from synact_bench.run.request import Request
from synact_bench.run.units import units_of


@dataclass
class _Going:
    """A unit under way: cells still to come, and what those before them took."""

    id: str
    left: int
    cells: int = 0
    points: int = 0
    seconds: float = 0.0
    fitting: float = 0.0


class Logbook:
    """Notes of a run that know its units: the last cell of one is followed by a line of its own.

    Args:
        journal: that lines are written to.
        ids: of units, by row.
        missing: the cells to be measured.
    """

    def __init__(self, journal: Notes, ids: Mapping[str, str], missing: Sequence[CellPlan]) -> None:
        self._journal = journal
        self._ids = ids
        self._failed: set[str] = set()
        self._going = {
            each.row: _Going(ids[each.row], len(each.plans)) for each in units_of(missing)
        }

    def note(self, event: str, **facts: object) -> None:
        """Write a line, with the id of the unit where it is of a row; that a row failed, once."""
        row = facts.get("row")
        if event == "failed" and isinstance(row, str):
            if row in self._failed:
                return
            self._failed.add(row)
        if isinstance(row, str) and row in self._ids:
            facts = {"unit": self._ids[row]} | facts
        self._journal.note(event, **facts)
        if event in {"fitted", "cell"} and isinstance(row, str) and row in self._going:
            self._count(self._going[row], row, facts)

    def _count(self, unit: _Going, row: str, facts: Mapping[str, object]) -> None:
        seconds, points = facts["seconds"], facts.get("points")
        assert isinstance(seconds, float)
        if not isinstance(points, int):  # fitted, before the first cell
            unit.fitting += seconds
            return
        unit.cells, unit.points = unit.cells + 1, unit.points + points
        unit.seconds, unit.left = unit.seconds + seconds, unit.left - 1
        if not unit.left:
            self._journal.note(
                "unit",
                unit=unit.id,
                row=row,
                cells=unit.cells,
                points=unit.points,
                fit_seconds=round(unit.fitting, 3),
                seconds=round(unit.seconds, 3),
                points_per_second=round(unit.points / unit.seconds, 1) if unit.seconds else None,
                memory=facts.get("memory"),
            )


@contextmanager
def logged(
    request: Request,
    wanted: Sequence[CellPlan],
    missing: Sequence[CellPlan],
    *,
    failures: FailedRows,
) -> Iterator[Logbook]:
    """The log of what is measured within the block, and of how that ends.

    Args:
        request: whose folder it is written to.
        wanted: all cells of the units.
        missing: those that are to be measured.
        failures: rows that fail within the block.
    """
    ids = {unit.row: unit.id for unit in units_of(wanted)}
    log = Logbook(Journal(request.folder), ids, missing)
    units = [
        {"id": ids[each.row], "row": each.row, "cells": [cell.identity.stem for cell in each.plans]}
        for each in units_of(missing)
    ]
    log.note("started", units=units, arguments=asked(request))
    try:
        yield log
    except SynactError as error:
        for row, why in failures.failed.items():
            log.note("failed", row=row, error=str(why))
        if isinstance(error, FailedRowsError):
            log.note("ended")
        else:
            log.note("stopped", error=str(error))
        raise
    except BaseException as error:
        said = f"{type(error).__name__}: {error}".removesuffix(": ")
        if isinstance(error, KeyboardInterrupt):
            said = "interrupted"
        with suppress(RecordError):  # it would hide the other
            log.note("stopped", error=said)
        raise
    log.note("ended")


@contextmanager
def prepared(request: Request) -> Iterator[None]:
    """Note how long it takes to open a testbed within the block.

    Raises:
        RecordError: its folder cannot be made or written.
    """
    request.store.refuse_unwritable()
    request.folder.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    yield
    seconds = round(since(began), 3)
    name = request.testbed.name
    Journal(request.folder).note("opened", testbed=name, seconds=seconds, memory=memory.peak())


def asked(request: Request) -> list[str] | None:
    """Arguments of ``synact-bench run`` that ask for the same; None where it is not what asked."""
    if request.experiments is not EXPERIMENTS and not request.reconstructs:
        return None
    found = arguments(request.options)
    if found is None or not request.reconstructs:
        return found
    return [*found, "--track", "reconstruction"]
