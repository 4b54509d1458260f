"""Snapshot: the numbers of many cells at one time, from a run or from a baseline file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from synact_bench.core.errors import RecordError
from synact_bench.core.precision import Precision
from synact_bench.metrics import metrics_for
from synact_bench.results.comparability import differences
from synact_bench.results.record import CellIdentity, GeneratorIdentity
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName, Sample

CellKey = tuple[str, CellName]
"""A row and a cell."""


class RunSetting(BaseModel):
    """How every cell of a snapshot was measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    testbed: str
    """``name@version``."""
    preset: str
    bases: int
    refined: int
    """How many bases, the first, have numbers: those that were swept on the whole grid."""
    points: int
    seed: int
    dtype: Precision
    engine: str
    """``name@version``."""
    design: str
    """``name@version``."""

    @model_validator(mode="before")
    @classmethod
    def _all_refined(cls, fields: Any) -> Any:
        """Older files do not say it: then every base was swept on the whole grid."""
        if isinstance(fields, dict) and "refined" not in fields:
            return {**fields, "refined": fields.get("bases")}
        return fields

    @classmethod
    def of(cls, identity: CellIdentity) -> RunSetting:
        """That of one cell."""
        return cls(**{name: getattr(identity, name) for name in cls.model_fields})

    def raised(self, other: RunSetting) -> tuple[str, ...]:
        """Facts of ``other`` that are another version of the same thing."""
        return tuple(
            name
            for name in ("testbed", "engine", "design")
            if (mine := getattr(self, name)) != (theirs := getattr(other, name))
            and mine.split("@")[0] == theirs.split("@")[0]
        )


@dataclass(frozen=True, eq=False)
class CellNumbers:
    """One cell.

    Attributes:
        generator: what made its activations.
        experiment: ``name@version``.
        path: ``name@version``.
        metrics: version of each metric by name.
        sample: the numbers of its paths.
        distances: distance from real by headline metric, as it was computed from the numbers of
            this snapshot when they were kept; None if it was not kept.
    """

    generator: GeneratorIdentity
    experiment: str
    path: str
    metrics: Mapping[str, str]
    sample: Sample
    distances: Mapping[str, float] | None = None

    @property
    def key(self) -> CellKey:
        """Name of the row, and of the cell."""
        names = (each.split("@")[0] for each in (self.experiment, self.path))
        return self.generator.name, CellName(*names)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Cells that were measured alike.

    Attributes:
        setting: how.
        cells: by row and cell.
    """

    setting: RunSetting
    cells: Mapping[CellKey, CellNumbers]

    @property
    def only(self) -> CellNumbers:
        """Its single cell.

        Raises:
            ValueError: it has none, or several.
        """
        (numbers,) = self.cells.values()
        return numbers

    @classmethod
    def of(cls, cells: Iterable[Cell], *, where: str) -> Snapshot:
        """Stored cells; of two measurements of one the newer counts.

        Raises:
            RecordError: there is no cell, or two were not measured alike.
        """
        ordered = sorted(cells, key=lambda each: each.record.provenance.created)
        if not ordered:
            raise RecordError("no stored cells", where=where, fix="name a folder of a run")
        setting = RunSetting.of(ordered[0].record.identity)
        found: dict[CellKey, CellNumbers] = {}
        for cell in ordered:
            identity = cell.record.identity
            refuse_other(setting, RunSetting.of(identity), where=f"{where}: {identity.stem}")
            numbers = _numbers(cell)
            found[numbers.key] = numbers
        return cls(setting, dict(sorted(found.items())))


def refuse_other(
    expected: RunSetting, found: RunSetting, *, where: str, versions: bool = True
) -> None:
    """Refuse to compare what was measured differently.

    Args:
        expected: how the one was measured.
        found: how the other was.
        where: what the other is called in a message.
        versions: whether another version of the testbed or engine is refused, too.

    Raises:
        RecordError: it was; the message names the fact.
    """
    raised = () if versions else expected.raised(found)
    for name, value, other in differences(dict(expected), dict(found)):
        if name not in raised:
            raise RecordError(
                f"{name} is {other!r} here and {value!r} in what it is compared with",
                where=where,
                fix="compare runs of one testbed, preset and seed, or make another baseline",
            )


def _numbers(cell: Cell) -> CellNumbers:
    identity = cell.record.identity
    metrics = {name: each.version for name, each in metrics_for(*cell.name).items()}
    return CellNumbers(identity.generator, identity.experiment, identity.path, metrics, cell.sample)
