"""Cells that may stand on one board: measured the same way, each row in one version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synact_bench.errors import RecordError
from synact_bench.experiments import EXPERIMENTS, FLOOR, GAUSSIAN, REFERENCE
from synact_bench.metrics import PathMetric, metrics_for
from synact_bench.results.record import CellIdentity, Record
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName

REQUIRED = (REFERENCE, FLOOR, GAUSSIAN)
"""Rows without which nothing can be scored."""

SHARED = (
    "testbed",
    "testbed_digest",
    "preset",
    "bases",
    "points",
    "seed",
    "dtype",
    "engine",
    "trial",
)
"""Fields of an identity that all cells of a board have in common."""

Cells = Mapping[CellName, Mapping[str, Cell]]
"""Cells by experiment and path, then by the name of their row."""


def arrange(cells: Iterable[Cell]) -> Cells:
    """Order cells by where they belong, after making sure that they can be compared.

    Raises:
        RecordError: there is no cell; two were measured differently or with metrics other than
            this version's; a row has more than one identity; a required row is missing.
    """
    kept: dict[CellName, dict[str, Cell]] = {}
    facts: dict[str, tuple[object, Record]] = {}
    for cell in sorted(cells, key=lambda each: each.record.identity.stem):
        _agree(facts, cell.record)
        _check_metrics(cell)
        row = kept.setdefault(cell_name(cell.record.identity), {})
        name = cell.record.identity.generator.name
        if name in row:
            _same_or_refuse(row[name].record, cell.record)
        row.setdefault(name, cell)
    if not kept:
        raise RecordError("there is no cell", where="the board", fix="run the benchmark first")
    _one_version_a_row(kept)
    _require(kept)
    return dict(sorted(kept.items()))


def cell_name(identity: CellIdentity) -> CellName:
    """Experiment and path of a cell, without their versions."""
    return CellName(*(each.split("@")[0] for each in (identity.experiment, identity.path)))


@dataclass(frozen=True)
class Setting:
    """How every cell of a board was measured.

    Attributes:
        testbed: ``name@version``.
        testbed_digest: SHA-256 of its declaration.
        preset: name of the preset.
        bases: prompts, and so paths in a cell.
        points: points on a path.
        seed: of prompts, partners and generators.
        dtype: of the model.
        engine: ``name@version`` of the way points were chosen and run.
        trial: SHA-256 over the source that drew prompts, partners and Gaussian targets.
        tau: l2 that ends a plateau, activation units at the read hook.
        absolute_length: length of the absolute path, activation units at the write hook.
        experiments: ``name@version`` of the experiments measured.
        paths: ``name@version`` of the paths measured.
        metrics: ``name@version`` of the metrics measured.
    """

    testbed: str
    testbed_digest: str
    preset: str
    bases: int
    points: int
    seed: int
    dtype: str
    engine: str
    trial: str
    tau: float
    absolute_length: float
    experiments: tuple[str, ...]
    paths: tuple[str, ...]
    metrics: tuple[str, ...]


def setting(cells: Cells) -> Setting:
    """What arranged cells have in common."""
    records = [cell.record for rows in cells.values() for cell in rows.values()]
    identities = [record.identity for record in records]
    shared = {name: getattr(identities[0], name) for name in SHARED}
    return Setting(
        **shared,
        **records[0].metric_facts.model_dump(),
        experiments=tuple(sorted({each.experiment for each in identities})),
        paths=tuple(sorted({each.path for each in identities})),
        metrics=tuple(
            sorted({"@".join(each) for own in identities for each in own.metrics.items()})
        ),
    )


def _agree(facts: dict[str, tuple[object, Record]], record: Record) -> None:
    """Compare a record with the first one that states the same fact."""
    for name, value in _facts(record).items():
        known, first = facts.setdefault(name, (value, record))
        if value != known:
            raise RecordError(
                f"{name} is {known} in one and {value} in the other: they cannot be compared",
                where=f"{first.identity.stem} and {record.identity.stem}",
                fix="leave one of them out, or measure both the same way",
            )


def _facts(record: Record) -> dict[str, object]:
    identity = record.identity
    facts: dict[str, object] = {name: getattr(identity, name) for name in SHARED}
    for kind, versioned in (("experiment", identity.experiment), ("path", identity.path)):
        name, _, version = versioned.partition("@")
        facts[f"version of {kind} {name}"] = version
    for name, version in identity.metrics.items():
        facts[f"version of metric {name}"] = version
    return facts | record.metric_facts.model_dump()


def _check_metrics(cell: Cell) -> None:
    """Scores are made with this version's metrics and experiments, so the numbers must be too."""
    identity = cell.record.identity
    name = cell_name(identity)
    declared = EXPERIMENTS.get(name.experiment)
    stale = {} if declared else {f"experiment {identity.experiment}": "is not known"}
    if declared and declared.identity != identity.experiment:
        stale[f"experiment {identity.experiment}"] = f"is not {declared.identity}"
    for metric in metrics_for(*name).values():
        version = identity.metrics.get(metric.name)
        if version != metric.version:
            stale[f"metric {metric.name}@{version}"] = f"is not {metric.identity}"
        elif isinstance(metric, PathMetric) and metric.name not in cell.table.values:
            stale[f"metric {metric.identity}"] = "has no column in the table"
    if stale:
        raise RecordError(
            "; ".join(f"{what} {wrong}" for what, wrong in stale.items()),
            where=identity.stem,
            fix="delete it and run again with this version",
        )


def _same_or_refuse(first: Record, second: Record) -> None:
    if first.id == second.id and first.table_sha256 == second.table_sha256:
        return
    older, newer = sorted((first, second), key=lambda each: each.provenance.created)
    _refuse(older, newer)


def _one_version_a_row(cells: Cells) -> None:
    seen: dict[str, Record] = {}
    for rows in cells.values():
        for name, cell in rows.items():
            known = seen.setdefault(name, cell.record)
            if known.identity.generator != cell.record.identity.generator:
                _same_or_refuse(known, cell.record)


def _refuse(older: Record, newer: Record) -> None:
    raise RecordError(
        f"row {older.identity.generator.name!r} was measured in more than one version",
        where=f"{older.identity.stem} and {newer.identity.stem}",
        fix=f"delete the older, {older.identity.stem}.json and .parquet, and run again",
    )


def _require(cells: Cells) -> None:
    for name, rows in cells.items():
        lacking = [row for row in REQUIRED if row not in rows]
        if lacking:
            raise RecordError(
                f"no cell of {', '.join(lacking)} to score the others with",
                where=f"{name.experiment}, {name.path} path",
                fix="measure it with the same testbed, preset and seed",
            )
