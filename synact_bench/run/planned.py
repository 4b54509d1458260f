"""A plan: the units that a run still lacks, by testbed, with what they are likely to cost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synact_bench.core.errors import SynactError
from synact_bench.core.untrusted import faults, reading
from synact_bench.core.untrusted.faults import FaultError
from synact_bench.results.status import SCHEMA
from synact_bench.results.summary import summaries
from synact_bench.run import cost
from synact_bench.run.cost import Costs
from synact_bench.run.plan import CellPlan
from synact_bench.run.request import Request
from synact_bench.run.units import Unit


@dataclass(frozen=True)
class PlannedUnit:
    """A unit that is not whole.

    Attributes:
        unit: all of it.
        cells: those that are missing.
        seconds: that they will take, opening left out; None where nothing like it was measured.
        bytes: that they will take on the disk; None likewise.
    """

    unit: Unit
    cells: Sequence[CellPlan]
    seconds: float | None
    bytes: int | None

    def as_json(self) -> dict[str, Any]:
        """Its entry in a plan."""
        return {
            "id": self.unit.id,
            "row": self.unit.row,
            "cells": len(self.cells),
            "points": sum(each.points for each in self.cells),
            "seconds": _rounded(self.seconds),
            "bytes": self.bytes,
        }


@dataclass(frozen=True)
class PlannedTestbed:
    """What is missing on one testbed.

    Attributes:
        request: what is wanted there.
        units: those that are not whole.
        stored: cells that are there.
        costs: what the predictions are made of.
    """

    request: Request
    units: Sequence[PlannedUnit]
    stored: int
    costs: Costs

    @classmethod
    def of(cls, request: Request, units: Sequence[Unit]) -> PlannedTestbed:
        """Compare some units of a request with what its folder's records say."""
        stored = summaries(request.folder)
        costs = cost.known(request, stored)
        found = []
        for unit in units:
            if absent := unit.absent(stored):
                found.append(PlannedUnit(unit, absent, *costs.of(absent)))
        wanted = sum(len(unit.plans) for unit in units)
        return cls(request, found, wanted - sum(len(each.cells) for each in found), costs)

    @property
    def seconds(self) -> float | None:
        """That all of its units will take in one worker, opening included where it is known."""
        if not self.units:
            return 0.0
        cells = _total(each.seconds for each in self.units)
        return None if cells is None else cells + (self.costs.opening or 0.0)

    @property
    def memory(self) -> int | None:
        """Bytes that each worker will hold at most; None where it was not noted."""
        return self.costs.memory if self.units else 0

    def as_json(self) -> dict[str, Any]:
        """Its entry in a plan."""
        return {
            "testbed": self.request.testbed.name,
            "preset": self.request.preset.name,
            "seed": self.request.seed,
            "folder": str(self.request.folder),
            "stored_cells": self.stored,
            "missing_cells": sum(len(each.cells) for each in self.units),
            "predicted": {
                "source": self.costs.source,
                "opening_seconds": _rounded(self.costs.opening),
                "seconds": _rounded(self.seconds),
                "memory": self.memory,
                "bytes": _total(each.bytes for each in self.units),
            },
            "units": [each.as_json() for each in self.units],
        }


def document(testbeds: Sequence[PlannedTestbed]) -> dict[str, Any]:
    """The plan of a run, or of all runs of a suite, as JSON has it."""
    lacking = [each for each in testbeds if each.units]
    return {
        "schema": SCHEMA,
        "units": sum(len(each.units) for each in testbeds),
        "cells": sum(len(unit.cells) for each in testbeds for unit in each.units),
        "predicted": {
            "seconds": _rounded(_total(each.seconds for each in lacking)),
            "memory": _most(each.memory for each in lacking),
            "bytes": _total(unit.bytes for each in lacking for unit in each.units),
        },
        "testbeds": [each.as_json() for each in testbeds],
    }


def ids_in(path: Path) -> list[str]:
    """Ids of the units that a plan names, or that are left of one; further fields may be missing.

    Raises:
        SynactError: it cannot be read, is no plan, or one of another version.
    """
    try:
        found: Any = reading.parsed(path, most=reading.BASELINE)
        if found["schema"] != SCHEMA:
            raise FaultError(f"its schema is not {SCHEMA}")
        ids = [unit["id"] for testbed in found["testbeds"] for unit in testbed["units"]]
        if not all(isinstance(each, str) for each in ids):
            raise FaultError("an id is no text")
    except (KeyError, OSError, TypeError, ValueError) as error:
        raise SynactError(
            f"is no plan: {faults.stated(error)}",
            where=str(path),
            fix="give what 'synact-bench plan --json' prints",
        ) from None
    return ids


def dumps(testbeds: Sequence[PlannedTestbed]) -> str:
    """The plan as text."""
    return json.dumps(document(testbeds), indent=2)


def _total(numbers: Iterable[Any]) -> Any:
    """Their sum; None where one is unknown."""
    found = list(numbers)
    return None if None in found else sum(found)


def _most(numbers: Iterable[int | None]) -> int | None:
    found = [each for each in numbers if each is not None]
    return max(found, default=None)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
