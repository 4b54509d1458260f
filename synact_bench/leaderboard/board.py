"""The board: every generator's scores, ordered by realism."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synact_bench.experiments import EXPERIMENTS, FLOOR, GAUSSIAN, REFERENCE
from synact_bench.leaderboard.comparable import Cells, Setting, arrange, setting
from synact_bench.leaderboard.origin import Origin, origin
from synact_bench.metrics import PathValues, metrics_for
from synact_bench.metrics.kl_curve_gap import log_kl
from synact_bench.results.record import GeneratorIdentity, Row
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName, MetricScore, Overall, Sample, score, summarise

DIGITS = 6
"""Significant digits of the numbers in ``to_json``."""

WANTED = tuple(
    CellName(experiment.name, path)
    for experiment in EXPERIMENTS.values()
    for path in experiment.paths
)
"""Cells that a row must have for an overall realism."""


Scores = Mapping[tuple[str, str], Mapping[str, MetricScore]]
"""One row's scores: by cell (experiment and path), by metric name."""


@dataclass(frozen=True)
class BoardRow:
    """One generator, scored.

    Attributes:
        identity: name, version, parameters and source of the generator.
        card: how it is shown.
        n: paths in its smallest cell.
        dropped: pairs left out, over all its cells, because base and target coincide.
        scores: by cell, the scores by metric name.
        realism: their summary: overall, per headline metric, per experiment.
    """

    identity: GeneratorIdentity
    card: Row
    n: int
    dropped: int
    scores: Scores
    realism: Overall

    @property
    def name(self) -> str:
        """Name of the generator."""
        return self.identity.name


@dataclass(frozen=True)
class Moments:
    """Mean and spread of one metric over the paths of one cell.

    Attributes:
        n: paths in the cell.
        mean: of the defined values; None without any.
        sd: their sample standard deviation; None below two.
        censored_share: share of paths without the event; None without paths.
    """

    n: int
    mean: float | None
    sd: float | None
    censored_share: float | None


@dataclass(frozen=True)
class ReferenceRow:
    """One kind of real activations: described, never ranked.

    Attributes:
        name: of the row.
        moments: by cell, by name of a metric that gives each path a number.
    """

    name: str
    moments: Mapping[CellName, Mapping[str, Moments]]


@dataclass(frozen=True)
class Board:
    """Comparable cells, scored.

    Attributes:
        setting: how all of them were measured.
        rows: generators by falling overall realism; those without one last; ties by name.
        references: rows of real activations, by name.
        origin: with what they were computed.
    """

    setting: Setting
    rows: tuple[BoardRow, ...]
    references: tuple[ReferenceRow, ...]
    origin: Origin

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, floats to 6 significant digits, equal bytes when equal."""
        return json.dumps(_plain(self), sort_keys=True, indent=1, allow_nan=False) + "\n"


def build(cells: Iterable[Cell]) -> Board:
    """Score stored cells against the real ones among them.

    A cell is scored with all of its paths, against the reference on the same bases: a generator
    whose pairs are dropped where it is weak is not compared with real where real is strong.

    Raises:
        RecordError: the cells cannot stand on one board; the message names the fact and the cells.
    """
    arranged = arrange(cells)
    scores = {name: _scores(name, rows) for name, rows in arranged.items()}
    kinds = {row: cell.record.row.kind for rows in arranged.values() for row, cell in rows.items()}
    rows = [_row(name, arranged, scores) for name, kind in kinds.items() if kind == "generator"]
    return Board(
        setting=setting(arranged),
        rows=tuple(sorted(rows, key=_place)),
        references=tuple(
            _reference(name, scores) for name, kind in sorted(kinds.items()) if kind == "real"
        ),
        origin=origin(arranged),
    )


def _scores(name: CellName, rows: Mapping[str, Cell]) -> dict[str, dict[str, MetricScore]]:
    metrics = metrics_for(*name)
    scored = {
        row: score(
            _sample(cell, cell.table.base),
            reference=_sample(rows[REFERENCE], cell.table.base),
            floor_draw=_sample(rows[FLOOR], cell.table.base),
            gaussian=_sample(rows[GAUSSIAN], cell.table.base),
            metrics=metrics,
        )
        for row, cell in rows.items()
    }
    for row, cell in rows.items():
        if cell.record.status == "empty":
            why = cell.record.reason
            scored[row] = {
                metric: dataclasses.replace(each, reason=why)
                for metric, each in scored[row].items()
            }
    return scored


def _sample(cell: Cell, bases: NDArray[np.int64]) -> Sample:
    """The cell's numbers on the given bases: a row is compared with real on its own bases only."""
    kept = np.isin(cell.table.base, bases)
    values = {
        name: PathValues(values=each.values[kept], censored=each.censored[kept])
        for name, each in cell.table.values.items()
    }
    return Sample(values=values, log_kl=log_kl(cell.table.curves)[kept])


def _row(
    name: str, cells: Cells, scores: Mapping[CellName, Mapping[str, Mapping[str, MetricScore]]]
) -> BoardRow:
    own = [rows[name].record for rows in cells.values() if name in rows]
    mine: Scores = {cell: rows[name] for cell, rows in scores.items() if name in rows}
    newest = max(own, key=lambda record: record.provenance.created)
    return BoardRow(
        identity=newest.identity.generator,
        card=newest.row,
        n=min(record.paths for record in own),
        dropped=sum(record.dropped for record in own),
        scores=mine,
        realism=summarise(mine, cells=WANTED),
    )


def _reference(
    name: str, scores: Mapping[CellName, Mapping[str, Mapping[str, MetricScore]]]
) -> ReferenceRow:
    moments = {
        cell: {
            metric: Moments(each.n, each.mean, each.sd, each.censored_share)
            for metric, each in rows[name].items()
            if each.mean is not None
        }
        for cell, rows in scores.items()
        if name in rows
    }
    return ReferenceRow(name, moments)


def _place(row: BoardRow) -> tuple[bool, float, str]:
    value = row.realism.overall.value
    return value is None, -(value or 0.0), row.name


def _plain(value: Any) -> Any:
    """Nothing but dicts, lists, strings, numbers and None; a cell is named experiment/path."""
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, (GeneratorIdentity, Row)):
        return _plain(value.model_dump())
    if isinstance(value, Mapping):
        return {
            "/".join(key) if isinstance(key, CellName) else key: _plain(each)
            for key, each in value.items()
        }
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.{DIGITS}g}")
    return value
