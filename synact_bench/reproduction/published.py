"""The published numbers beside ours, each with a verdict by a tolerance registered in advance."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from synact_bench.core.experiments import REFERENCE
from synact_bench.metrics import PathValues
from synact_bench.metrics.base import Floats
from synact_bench.reports.comparable import Cells
from synact_bench.reproduction.verdict import Replication
from synact_bench.scoring import CellName
from synact_bench.scoring.distances import kolmogorov_smirnov

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROUNDING = 1e-9
"""So that a difference of exactly the tolerance is within it."""


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(_Facts):
    """One published cell; None where nothing was published."""

    mean: float
    sd: float | None = None
    ks: float | None = None
    """Kolmogorov-Smirnov distance from the row ``real``."""


class PaperTolerance(_Facts):
    """Largest differences that still count as replication."""

    mean: float
    """In the unit of the metric: steps."""
    ks: float


class PublishedColumn(_Facts):
    """One metric on one path, for several kinds of activation."""

    name: str
    experiment: str
    path: str
    metric: str
    figures: Mapping[str, Figure]
    """By kind of activation, named as our rows are."""
    order: tuple[str, ...] = ()
    """Kinds from the lowest mean to the highest, where their order is a result of its own."""
    whole: Literal["floor", "ceil"] | None = None
    """How a position between two points becomes the whole step that the paper counts; None where
    the metric is one already."""
    held: bool = True
    """Whether figures get a verdict; they are only shown otherwise."""

    @property
    def cell(self) -> CellName:
        """Where it is measured."""
        return CellName(self.experiment, self.path)


class Published(_Facts):
    """The file of published numbers."""

    source: str
    testbed: str
    """Name of the testbed that they are of."""
    bases: int
    """How many prompts they are means over."""
    points: int
    """How many points of a path, all of them run."""
    without_event: float
    """Step that a path without the event counts as in the published statistics."""
    notes: tuple[str, ...] = ()
    """What must be known to compare the numbers."""
    tolerance: PaperTolerance
    columns: tuple[PublishedColumn, ...]

    @property
    def rows(self) -> tuple[str, ...]:
        """Every kind of activation, in the file's order."""
        return tuple(dict.fromkeys(row for column in self.columns for row in column.figures))

    @property
    def cells(self) -> frozenset[tuple[str, CellName]]:
        """Rows and what must be measured of each."""
        return frozenset((row, column.cell) for column in self.columns for row in column.figures)


@cache
def published() -> Published:
    """The registered numbers and tolerances."""
    file = resources.files("synact_bench.reproduction") / "published.toml"
    return Published.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Measured:
    """One cell of ours, counted as the paper counts.

    Attributes:
        n: paths.
        mean: over all paths, in whole steps; None without any.
        sd: their sample standard deviation; None below two.
        ks: Kolmogorov-Smirnov distance from our row ``real``; None where it is not measured.
        censored: share of paths without the event that the metric looks for.
    """

    n: int
    mean: float | None
    sd: float | None
    ks: float | None
    censored: float


@dataclass(frozen=True)
class Compared:
    """A published cell beside ours; ``verdict`` is None for one that is only shown."""

    column: str
    row: str
    published: Figure
    ours: Measured | None
    verdict: Replication | None


@dataclass(frozen=True)
class Ordered:
    """Kinds in the published order of their means and in ours, which is empty if one is missing."""

    column: str
    published: tuple[str, ...]
    ours: tuple[str, ...]
    verdict: Replication


def compare(cells: Cells, registered: Published) -> list[Compared]:
    """Every published cell beside ours, in the file's order."""
    found = []
    for column in registered.columns:
        for row, figure in column.figures.items():
            ours = _measured(cells, column, row, registered.without_event)
            verdict = _verdict(figure, ours, registered.tolerance) if column.held else None
            found.append(Compared(column.name, row, figure, ours, verdict))
    return found


def orders(cells: Cells, registered: Published) -> list[Ordered]:
    """Every published order beside ours."""
    return [
        _ordered(cells, column, registered.without_event)
        for column in registered.columns
        if column.order
    ]


def _measured(
    cells: Cells, column: PublishedColumn, row: str, without_event: float
) -> Measured | None:
    rows = cells.get(column.cell, {})
    if row not in rows:
        return None
    own = rows[row].sample.values[column.metric]
    counted = _counted(own, column, without_event)
    real = rows.get(REFERENCE)
    return Measured(
        n=len(own),
        mean=float(counted.mean()) if len(own) else None,
        sd=float(counted.std(ddof=1)) if len(own) > 1 else None,
        ks=kolmogorov_smirnov(
            counted, _counted(real.sample.values[column.metric], column, without_event)
        )
        if real
        else None,
        censored=float(np.mean(own.censored)) if len(own) else 0.0,
    )


def _counted(own: PathValues, column: PublishedColumn, without_event: float) -> Floats:
    """Values as the paper counts them: whole steps, and one where there is no event."""
    steps = own.values
    if column.whole is not None:
        steps = np.floor(steps) if column.whole == "floor" else np.ceil(steps)
    counted: Floats = np.where(np.isnan(steps), without_event, steps)
    return counted


def _verdict(figure: Figure, ours: Measured | None, tolerance: PaperTolerance) -> Replication:
    if ours is None:
        return Replication.NOT_MEASURED
    pairs = ((figure.mean, ours.mean, tolerance.mean), (figure.ks, ours.ks, tolerance.ks))
    for theirs, own, limit in pairs:
        if theirs is None:
            continue
        if own is None:
            return Replication.NOT_MEASURED
        if abs(own - theirs) > limit + ROUNDING:
            return Replication.DIFFERS
    return Replication.REPLICATES


def _ordered(cells: Cells, column: PublishedColumn, without_event: float) -> Ordered:
    found = {row: _measured(cells, column, row, without_event) for row in column.order}
    means = {row: each.mean for row, each in found.items() if each and each.mean is not None}
    if len(means) < len(column.order):
        return Ordered(column.name, column.order, (), Replication.NOT_MEASURED)
    ours = tuple(sorted(means, key=lambda row: means[row]))
    same = ours == column.order and len(set(means.values())) == len(means)
    return Ordered(
        column.name, column.order, ours, Replication.REPLICATES if same else Replication.DIFFERS
    )
