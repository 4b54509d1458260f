"""Comparison: every cell measured now compared with the baseline."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from synact_bench.core.errors import RecordError
from synact_bench.regression import baseline, outliers
from synact_bench.regression.drift import drift
from synact_bench.regression.snapshot import CellKey, CellNumbers, Snapshot, refuse_other
from synact_bench.regression.verdict import Severity, Verdict
from synact_bench.regression.versions import NumbersPair, versions
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
        RecordError: the two were measured differently.
    """
    refuse_other(stored.setting, now.setting, where=where, versions=False)
    if raised := stored.setting.raised(now.setting):
        return _outdated(stored, now, raised)
    found: list[Verdict] = []
    changed: dict[str, dict[CellName, NumbersPair]] = {}
    for key, numbers in now.cells.items():
        row, cell = key
        if key not in stored.cells:
            found.append(Verdict(row, Severity.NEW, cell, reason="the baseline does not have it"))
        elif other_version(stored.cells[key], numbers):
            changed.setdefault(row, {})[cell] = (stored.cells[key], numbers)
        else:
            found += drift(key, stored, now)
    for row, pairs in changed.items():
        found += versions(row, pairs, stored)
    return sorted(outliers.counted(found), key=lambda each: each.row)


def _outdated(stored: Snapshot, now: Snapshot, raised: Sequence[str]) -> list[Verdict]:
    """Of a whole run whose testbed, engine or design has another version."""
    reason = ", ".join(
        f"{name} {getattr(stored.setting, name)} is now {getattr(now.setting, name)}"
        for name in raised
    )
    return [Verdict(row, Severity.OUTDATED, cell, reason=reason) for row, cell in now.cells]


def refuse_strangers(stored: Snapshot, now: Snapshot, *, where: str) -> None:
    """Refuse to compare what has nothing in common.

    Raises:
        RecordError: no cell is in both.
    """
    if not stored.cells.keys() & now.cells.keys():
        raise RecordError(
            "no cell is in both", where=where, fix="compare runs that have a row in common"
        )


def lacking(stored: Snapshot, keys: Collection[CellKey]) -> list[CellKey]:
    """Cells of a baseline that are not among ``keys``."""
    return [key for key in stored.cells if key not in keys]


def other_version(stored: CellNumbers, now: CellNumbers) -> bool:
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
    if place.suffix != ".json" and not place.exists():
        raise RecordError(
            "there is no such folder of a run",
            where=str(place),
            fix="name one, as runs/TESTBED/PRESET/seed-0, or a baseline file",
        )
    return baseline.read(place)
