"""Baseline: a snapshot in a file that is kept with the code and renewed on purpose only."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from synact_bench.core import checksums
from synact_bench.core.errors import RecordError
from synact_bench.core.untrusted import reading
from synact_bench.core.untrusted.faults import FaultError, fault, stated, unquoted
from synact_bench.metrics.base import PathValues
from synact_bench.regression.distances import distances
from synact_bench.regression.snapshot import CellKey, CellNumbers, RunSetting, Snapshot
from synact_bench.results.files import write_atomically
from synact_bench.results.record import GeneratorIdentity
from synact_bench.scoring import Sample

SCHEMA_VERSION = 3
"""Raised when a baseline can no longer be read the old way."""
READABLE = (2, SCHEMA_VERSION)
"""Version 2 has no checksum."""
DIGITS = 6
"""Significant digits of a metric's numbers, far below every tolerance."""
DECIMALS = 4
"""Of the numbers of metrics of sets."""


class _BaselinePart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class BaselineMetric(_BaselinePart):
    """One metric of one cell."""

    mean: float | None
    """Of the defined numbers; None without any. For people: nothing is computed with it."""
    values: tuple[float | None, ...]
    """One number a path; None where undefined."""


class BaselineCell(_BaselinePart):
    """One cell."""

    generator: GeneratorIdentity
    experiment: str
    """``name@version``."""
    path: str
    """``name@version``."""
    versions: dict[str, str]
    """Version of each metric, those of sets included."""
    bases: tuple[int, ...]
    """Base of each path."""
    metrics: dict[str, BaselineMetric]
    """Metrics of single paths, by name."""
    rows: dict[str, tuple[tuple[float, ...], ...]]
    """What metrics of sets compare: by name, the numbers of every path."""
    distances: dict[str, float] = {}
    """Distance from real that the numbers of this file have, by headline metric."""

    @model_validator(mode="after")
    def _is_whole(self) -> BaselineCell:
        lengths = {name: len(each.values) for name, each in self.metrics.items()}
        lengths |= {name: len(each) for name, each in self.rows.items()}
        for name, length in lengths.items():
            if length != len(self.bases):
                raise FaultError(f"{name} has {length} paths, bases has {len(self.bases)}")
        if odd := self.versions.keys() ^ (self.metrics.keys() | self.rows.keys()):
            raise FaultError(f"{', '.join(sorted(odd))}: numbers without a version, or none")
        for name, rows in self.rows.items():
            if len({len(row) for row in rows}) > 1:
                raise FaultError(f"{name} does not have the same number of columns on every path")
        return self


class Baseline(_BaselinePart):
    """The file."""

    schema_version: int = Field(default=SCHEMA_VERSION)
    setting: RunSetting
    documents: tuple[str | None, ...]
    """Document of each base; None for one that no cell has a path from."""
    cells: tuple[BaselineCell, ...]
    sha256: str | None = None
    """Over the canonical JSON of all other fields; None in version 2."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Baseline:
        setting = self.setting
        if len(self.documents) != setting.bases:
            raise FaultError(f"{len(self.documents)} documents for {setting.bases} bases")
        for at, cell in enumerate(self.cells):
            if any(not 0 <= base < setting.bases for base in cell.bases):
                raise FaultError(f"cells.{at}: a base is not one of {setting.bases}")
            if any(self.documents[base] is None for base in cell.bases):
                raise FaultError(f"cells.{at}: a base has no document")
        return self


def write(snapshot: Snapshot, path: Path) -> None:
    """Write a snapshot as a baseline file; equal numbers give equal bytes.

    Raises:
        RecordError: the file cannot be written.
    """
    fields = _file(snapshot).model_dump(mode="json", exclude={checksums.FIELD})
    fields[checksums.FIELD] = checksums.of_fields(fields)
    text = json.dumps(fields, indent=1, sort_keys=True)
    # A list of numbers on a line: a changed cell is a changed line, and not a thousand.
    flat = re.sub(r"\[[\s\d.,eE+null-]*\]", lambda found: " ".join(found[0].split()), text)
    write_atomically(path, f"{flat}\n".encode())


def read(path: Path) -> Snapshot:
    """The snapshot in a baseline file.

    Raises:
        RecordError: it is missing, malformed or newer than this version can read.
    """
    try:
        fields = reading.parsed(path, most=reading.BASELINE)
    except FileNotFoundError:
        raise RecordError(
            "there is no such baseline",
            where=str(path),
            fix=f"make it with 'synact-bench baseline make {path}' and the options of the run",
        ) from None
    except (OSError, ValueError) as error:
        raise _refused(path, f"is not a baseline: {fault(error)}") from None
    version = fields.get("schema_version") if isinstance(fields, dict) else None
    if type(version) is not int or version not in READABLE or not isinstance(fields, dict):
        raise _refused(
            path, f"has schema version {unquoted(version)}, 2 and {SCHEMA_VERSION} can be read"
        )
    try:
        found = Baseline.model_validate(fields)
        checksums.refuse_altered_fields(fields)
        return _snapshot(found)
    except ValueError as error:
        raise _refused(path, f"is not a baseline: {stated(error)}") from None


def _refused(path: Path, what: str) -> RecordError:
    fix = f"restore it, or renew it with 'synact-bench baseline renew {path} RUN'"
    return RecordError(what, where=str(path), fix=fix)


def _file(snapshot: Snapshot) -> Baseline:
    documents: list[str | None] = [None] * snapshot.setting.bases
    for numbers in snapshot.cells.values():
        for base, document in zip(numbers.sample.bases, numbers.sample.documents, strict=True):
            documents[base] = document
    file = Baseline(
        setting=snapshot.setting,
        documents=tuple(documents),
        cells=tuple(_cell(each) for each in snapshot.cells.values()),
    )
    # Of the rounded numbers, which are what a reader has.
    rounded = _snapshot(file)
    cells = [
        cell.model_copy(update={"distances": _distances(key, rounded)})
        for key, cell in zip(rounded.cells, file.cells, strict=True)
    ]
    return file.model_copy(update={"cells": tuple(cells)})


def _distances(key: CellKey, snapshot: Snapshot) -> dict[str, float]:
    return {name: _rounded(each) for name, each in distances(key, snapshot).items()}


def _cell(numbers: CellNumbers) -> BaselineCell:
    sample = numbers.sample
    metrics = {name: _metric(each) for name, each in sample.values.items()}
    return BaselineCell(
        generator=numbers.generator,
        experiment=numbers.experiment,
        path=numbers.path,
        versions=dict(numbers.metrics),
        bases=tuple(sample.bases.tolist()),
        metrics=metrics,
        rows={
            name: tuple(map(tuple, np.round(each, DECIMALS).tolist()))
            for name, each in sample.rows.items()
        },
    )


def _metric(numbers: PathValues) -> BaselineMetric:
    values = [None if np.isnan(each) else _rounded(each) for each in numbers.values]
    defined = [each for each in values if each is not None]
    # Of the rounded numbers: writing what was read changes no digit.
    mean = _rounded(float(np.mean(defined))) if defined else None
    return BaselineMetric(mean=mean, values=tuple(values))


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _snapshot(stored: Baseline) -> Snapshot:
    cells = [_numbers(each, stored) for each in stored.cells]
    return Snapshot(stored.setting, {each.key: each for each in cells})


def _numbers(cell: BaselineCell, stored: Baseline) -> CellNumbers:
    sample = Sample(
        bases=np.array(cell.bases, dtype=np.int64),
        documents=tuple(str(stored.documents[base]) for base in cell.bases),
        values={name: _values(each.values) for name, each in cell.metrics.items()},
        rows={
            name: np.array(each, dtype=np.float64).reshape(len(each), len(each[0]) if each else 0)
            for name, each in cell.rows.items()
        },
    )
    names = (cell.generator.named_now, cell.experiment, cell.path, cell.versions)
    return CellNumbers(*names, sample, cell.distances)


def _values(values: Sequence[float | None]) -> PathValues:
    # Which defined numbers were censored is not kept: nothing here asks for it.
    numbers = np.array(values, dtype=np.float64)
    return PathValues(numbers, np.isnan(numbers))
