"""Comparison: every cell measured now held against the baseline."""

from __future__ import annotations

from pathlib import Path

from synact_bench.errors import RecordError
from synact_bench.regression import baseline
from synact_bench.regression.drift import drift
from synact_bench.regression.snapshot import Numbers, Snapshot, refuse_other
from synact_bench.regression.verdict import Outcome, Verdict
from synact_bench.regression.versions import Pair, versions
from synact_bench.results.store import Store
from synact_bench.scoring import CellName


def compare(stored: Snapshot, now: Snapshot, *, where: str) -> list[Verdict]:
    """Verdicts on every cell of ``now``, in the order of rows; what it lacks is not judged.

    A cell of the version that the baseline has is looked at for drift, one of another version is
    compared with the stored one.

    Args:
        stored: what is compared with.
        now: what is judged.
        where: what ``now`` is called in a message.

    Raises:
        RecordError: the two were measured differently, or have no cell in common.
    """
    refuse_other(stored.setting, now.setting, where=where)
    if not stored.cells.keys() & now.cells.keys():
        raise RecordError(
            "no cell is in both", where=where, fix="compare runs that have a row in common"
        )
    found: list[Verdict] = []
    changed: dict[str, dict[CellName, Pair]] = {}
    for key, numbers in now.cells.items():
        row, cell = key
        if key not in stored.cells:
            found.append(Verdict(row, Outcome.NEW, cell, reason="the baseline does not have it"))
        elif other_version(stored.cells[key], numbers):
            changed.setdefault(row, {})[cell] = (stored.cells[key], numbers)
        else:
            found += drift(
                stored.cells[key], numbers, sources=stored.sources, sources_now=now.sources
            )
    for row, pairs in changed.items():
        found += versions(row, pairs, stored)
    return sorted(found, key=lambda each: each.row)


def other_version(stored: Numbers, now: Numbers) -> bool:
    """Whether the generator was declared to have changed: its version, or its parameters."""
    return (stored.generator.version, stored.generator.parameters) != (
        now.generator.version,
        now.generator.parameters,
    )


def opened(place: Path) -> Snapshot:
    """The snapshot in a run folder or a baseline file.

    Raises:
        RecordError: it is neither, or cannot be read.
    """
    if place.is_dir():
        return Snapshot.of(Store(place).cells(), where=str(place))
    return baseline.read(place)
