"""The archive: cells that were measured with definitions which have changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synact_bench.core.experiments import DESIGN, EXPERIMENTS, RULES
from synact_bench.metrics import events_of
from synact_bench.paths import PATHS
from synact_bench.results.record import CellIdentity, GeneratorIdentity, Record
from synact_bench.results.store import Cell
from synact_bench.testbeds import spec


@dataclass(frozen=True)
class Archived:
    """A row that is no longer scored.

    Attributes:
        name: of the row.
        version: of its generator.
        testbed: ``name@version``.
        preset: name of the preset.
        seed: of prompts, partners and generators.
        created: when its newest cell was measured, UTC, ISO 8601.
        reasons: what has changed since.
    """

    name: str
    version: str
    testbed: str
    preset: str
    seed: int
    created: str
    reasons: tuple[str, ...]


def part(cells: Iterable[Cell]) -> tuple[list[Cell], tuple[Archived, ...]]:
    """Cells that this version can score, and the rows that it cannot.

    A cell is archived if its experiment, path, design, rules of copying or its testbed has another
    version now, if a metric looks for an event that its points were not chosen for, if it is a draw
    that its experiment makes no more, or if, of the same testbed, preset and seed, there are cells
    of a newer version of its engine, or of its generator. Cells that are all of one engine make a
    board, however old it is.
    """
    current: list[Cell] = []
    archived: list[tuple[Cell, str]] = []
    for cell in cells:
        reasons = outdated(cell.record)
        archived += [(cell, reason) for reason in reasons]
        current += [] if reasons else [cell]
    engines, of_one_engine = _engines(current), []
    for cell in current:
        engine, newest_engine = cell.record.identity.engine, engines[_run(cell)]
        if engine == newest_engine:
            of_one_engine.append(cell)
        else:
            archived.append((cell, _changed("engine", engine, newest_engine)))
    newest = _newest(of_one_engine)
    kept = []
    for cell in of_one_engine:
        own, now = cell.record.identity.generator, newest[_row(cell)]
        if own == now:
            kept.append(cell)
        else:
            archived.append((cell, _succeeded(own, now)))
    return kept, _rows(archived)


def outdated(record: Record) -> list[str]:
    """What has changed since a cell was measured; empty for a current cell."""
    return [*outdated_versions(record.identity), *_unsought(record), *_undrawn(record)]


def outdated_versions(identity: CellIdentity) -> list[str]:
    """What has another version now than a cell's identity states; empty for a current one."""
    experiment, path = identity.experiment, identity.path
    now = {
        "experiment": (experiment, _identity(EXPERIMENTS, experiment)),
        "path": (path, _identity(PATHS, path)),
        "design": (identity.design, DESIGN),
        "rules": (identity.rules, RULES),
    }
    reasons = [_changed(kind, *pair) for kind, pair in now.items() if pair[0] != pair[1]]
    return reasons + _testbed(identity)


def _unsought(record: Record) -> list[str]:
    """Events that metrics look for and that the points of an adaptive cell were not chosen for."""
    if not record.events:
        return []
    unsought = sorted({*events_of(*record.identity.cell)} - {*record.events})
    return [f"its points were not chosen for the {event}" for event in unsought]


def _undrawn(record: Record) -> list[str]:
    """That an experiment does not draw a row any more which no generator makes."""
    experiment, name = record.identity.cell.experiment, record.identity.generator.name
    declared = EXPERIMENTS.get(experiment)
    if record.row.kind != "draw" or declared is None or name in declared.draws:
        return []
    return [f"{experiment} draws it no more"]


def _testbed(identity: CellIdentity) -> list[str]:
    declared = spec.catalog().get(identity.testbed.split("@")[0])
    if declared is None:  # a person's own: nothing says that it has changed
        return []
    if declared.identity != identity.testbed:
        return [_changed("testbed", identity.testbed, declared.identity)]
    if declared.digest != identity.testbed_digest:
        return [f"testbed {identity.testbed} is declared otherwise now"]
    return []


def _identity(known: Mapping[str, object], versioned: str) -> str | None:
    declared = known.get(versioned.split("@", maxsplit=1)[0])
    return None if declared is None else str(getattr(declared, "identity"))  # noqa: B009


def _changed(kind: str, then: str, now: str | None) -> str:
    return f"{kind} {then} is {now} now" if now else f"{kind} {then} is not known any more"


def _run(cell: Cell) -> tuple[str, str, int, str]:
    """What a cell was measured with: testbed, preset, seed and the name of the engine."""
    identity = cell.record.identity
    return identity.testbed, identity.preset, identity.seed, identity.engine.partition("@")[0]


def _engines(cells: Iterable[Cell]) -> dict[tuple[str, str, int, str], str]:
    """The newest version of the engine in each run."""
    latest: dict[tuple[str, str, int, str], str] = {}
    for cell in cells:
        engine = cell.record.identity.engine
        known = latest.get(_run(cell), engine)
        # Versions count up, without leading zeros: of two that differ in length the longer.
        latest[_run(cell)] = max(known, engine, key=lambda each: (len(each), each))
    return latest


def _row(cell: Cell) -> tuple[str, str, str, int]:
    identity = cell.record.identity
    return identity.generator.name, identity.testbed, identity.preset, identity.seed


def _newest(cells: Iterable[Cell]) -> dict[tuple[str, str, str, int], GeneratorIdentity]:
    latest: dict[tuple[str, str, str, int], Cell] = {}
    for cell in cells:
        latest[_row(cell)] = max(latest.get(_row(cell), cell), cell, key=_age)
    return {row: cell.record.identity.generator for row, cell in latest.items()}


def _age(cell: Cell) -> tuple[str, str]:
    """Newest last; of equal age by content, so that the order of the cells decides nothing."""
    return cell.record.provenance.created, cell.record.identity.generator.model_dump_json()


def _succeeded(own: GeneratorIdentity, now: GeneratorIdentity) -> str:
    if own.version != now.version:
        return f"version {now.version} was measured since"
    changed = "parameters" if own.parameters != now.parameters else "source"
    return f"its {changed} changed and it was measured again"


def _rows(archived: Iterable[tuple[Cell, str]]) -> tuple[Archived, ...]:
    grouped: dict[tuple[str, ...], list[tuple[Cell, str]]] = {}
    for cell, reason in archived:
        identity = cell.record.identity
        own = identity.generator.model_dump_json()
        key = (own, identity.testbed, identity.testbed_digest)
        grouped.setdefault((*key, identity.preset, str(identity.seed)), []).append((cell, reason))
    rows = []
    for found in grouped.values():
        identity = found[0][0].record.identity
        rows.append(
            Archived(
                name=identity.generator.name,
                version=identity.generator.version,
                testbed=identity.testbed,
                preset=identity.preset,
                seed=identity.seed,
                created=max(cell.record.provenance.created for cell, _ in found),
                reasons=tuple(sorted({reason for _, reason in found})),
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.name, row.created, row.reasons)))
