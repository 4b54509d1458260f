"""What is drawn of a row: curves, distributions and where it fails, as plain numbers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property

from pydantic import TypeAdapter


@dataclass(frozen=True)
class Band:
    """A mean curve over paths with the band of the middle 80 % of them; all of one length."""

    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class CellCurves:
    """Curves of a row in one cell.

    Attributes:
        cell: ``experiment/path``.
        paths: how many they are of: those that were swept on the whole grid.
        percent: positions on the path, 0 to 100.
        l2, kl: distance at the read hook in activation units, and divergence in nats.
        interpolated: share of the points of these paths that were filled in between those run.
    """

    cell: str
    paths: int
    percent: tuple[float, ...]
    l2: Band
    kl: Band
    interpolated: float = 0.0


@dataclass(frozen=True)
class TellingBase:
    """A base that gives a row away: l2 of the row and of draws of real from it.

    Attributes:
        base: number of the prompt.
        percent: positions that are known, 0 to 100.
        row: l2 there.
        real: likewise, a line a draw.
        interpolated: share of the points of all these lines that were filled in.
    """

    base: int
    percent: tuple[float, ...]
    row: tuple[float, ...]
    real: tuple[tuple[float, ...], ...]
    interpolated: float = 0.0


@dataclass(frozen=True)
class RowCurves:
    """What is drawn of a row on a testbed: loaded on demand.

    Attributes:
        name: of the row.
        cells: those that are drawn.
        telling: bases of its worst cell, most telling first.
    """

    name: str
    cells: tuple[CellCurves, ...]
    telling: tuple[TellingBase, ...] = ()


_ROW_CURVES = TypeAdapter(RowCurves)


@dataclass(frozen=True)
class CurveFile:
    """What is drawn of a row, as its file has it: the numbers themselves take ten times the memory.

    Attributes:
        name: of the row, as its author wrote it.
        numbers: JSON of an object, of what ``RowCurves`` has beside.
    """

    name: str
    numbers: str

    @classmethod
    def of(cls, drawn: RowCurves) -> CurveFile:
        """Write what is drawn."""
        fields = asdict(drawn)
        del fields["name"]
        return cls(drawn.name, json.dumps(fields, separators=(",", ":"), allow_nan=False))

    def text(self, name: str) -> str:
        """All of it as JSON, with the row called as it is shown."""
        return f'{{"name":{json.dumps(name)},{self.numbers.removeprefix("{")}'

    @cached_property
    def drawn(self) -> RowCurves:
        """Read it again."""
        return _ROW_CURVES.validate_python({"name": self.name, **json.loads(self.numbers)})


@dataclass(frozen=True)
class Histogram:
    """A metric's distribution over paths.

    Attributes:
        who: whose it is.
        shares: of the paths, in bins of equal width from 0 to the distribution's limit.
        median: None without a defined value.
        quartiles: likewise.
    """

    who: str
    shares: tuple[float, ...]
    median: float | None
    quartiles: tuple[float, float] | None


@dataclass(frozen=True)
class DrawnDistribution:
    """A metric's distribution for a row, before those of real and of Gaussian samples.

    Attributes:
        metric: its name.
        label: of its axis, with the unit.
        limit: right end of its axis; the left is 0.
        histograms: the row's first.
    """

    metric: str
    label: str
    limit: float
    histograms: tuple[Histogram, ...]


@dataclass(frozen=True)
class Told:
    """In how many of 100 pairs a judge tells a row from real, with the standard error."""

    pairs: float
    error: float


@dataclass(frozen=True)
class Failing:
    """Where a row is farthest from real, and what gives it away there.

    Attributes:
        cell: ``experiment/path``.
        blocks, regions: of features and of the path, with the share that tells, 0 alike, at most 1.
        told: how often a judge tells it from real there.
        bases: that tell most, most first.
    """

    cell: str
    blocks: tuple[tuple[str, float], ...]
    regions: tuple[tuple[str, float], ...]
    told: Told
    bases: tuple[int, ...]
