"""The archive: cells that were measured with definitions which have changed since."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import (
    DESIGN,
    EXPERIMENTS,
    OPTIONAL_DRAWS,
    RECONSTRUCTIONS,
    RULES,
)
from synact_bench.metrics import events_of
from synact_bench.paths import PATHS
from synact_bench.results.record import CellIdentity, GeneratorIdentity, Record
from synact_bench.testbeds import spec


class Recorded(Protocol):
    """A cell, or what is known of one without its curves."""

    @property
    def record(self) -> Record:
        """What it is."""


AnyRecorded = TypeVar("AnyRecorded", bound=Recorded)


@dataclass(frozen=True)
class Archived:
    """A row that is no longer scored.

    Attributes:
        name, version: of its generator.
        testbed, preset, seed: that it was measured with.
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


def part(cells: Iterable[AnyRecorded]) -> tuple[list[AnyRecorded], tuple[Archived, ...]]:
    """Cells that this version can score, and the rows that it cannot.

    A cell is archived if its experiment, path, design, rules of copying or its testbed has another
    version now, if a metric looks for an event that its points were not chosen for, if it is a draw
    that its experiment makes no more, or if, of the same testbed, preset and seed, there are cells
    of a newer version of its engine, or of its generator. Cells that are all of one engine make a
    board, however old it is.

    Raises:
        RecordError: some are of the reconstruction track, which has a board of its own.
    """
    cells = tuple(cells)
    refuse_reconstructions(cells)
    current: list[AnyRecorded] = []
    archived: list[tuple[Recorded, str]] = []
    for cell in cells:
        reasons = outdated(cell.record)
        archived += [(cell, reason) for reason in reasons]
        current += [] if reasons else [cell]
    current, of_older = _newest(current, _run, _engine, _engine_age)
    archived += [(cell, _changed("engine", own, now)) for cell, own, now in of_older]
    current, succeeded = _newest(current, _row, _generator, _generator_age)
    archived += [(cell, _succeeded(own, now)) for cell, own, now in succeeded]
    return current, _rows(archived)


def reconstructs(cell: Recorded) -> bool:
    """Whether a cell is of the reconstruction track."""
    return cell.record.identity.cell.experiment in RECONSTRUCTIONS


def refuse_reconstructions(cells: Iterable[Recorded]) -> None:
    """Refuse cells of the reconstruction track where realism, or what it is made of, is asked for.

    Raises:
        RecordError: there is one.
    """
    first = next(filter(reconstructs, cells), None)
    if first is not None:
        raise RecordError(
            "is of the reconstruction track, whose rows have no realism",
            where=first.record.identity.stem,
            fix="give its folder apart to 'synact-bench board', which then writes "
            "RECONSTRUCTIONS.md",
        )


def outdated(record: Record) -> list[str]:
    """What has changed since a cell was measured; empty for a current cell."""
    return [*outdated_versions(record.identity), *_unsought(record), *_undrawn(record)]


def outdated_versions(identity: CellIdentity) -> list[str]:
    """What has another version now than a cell's identity states; empty for a current one."""
    experiment, path = identity.experiment, identity.path
    now = {
        "experiment": (experiment, _identity({**EXPERIMENTS, **RECONSTRUCTIONS}, experiment)),
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
    if record.row.kind != "draw" or declared is None or name in (*declared.draws, *OPTIONAL_DRAWS):
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


Fact = TypeVar("Fact")


def _newest(
    cells: list[AnyRecorded],
    group: Callable[[Recorded], Hashable],
    fact: Callable[[Recorded], Fact],
    age: Callable[[Recorded], tuple[int | str, str]],
) -> tuple[list[AnyRecorded], list[tuple[AnyRecorded, Fact, Fact]]]:
    """Cells whose fact is that of the newest in their group; the others, with both facts."""
    latest: dict[Hashable, AnyRecorded] = {}
    for cell in cells:
        latest[group(cell)] = max(latest.get(group(cell), cell), cell, key=age)
    facts = [(cell, fact(cell), fact(latest[group(cell)])) for cell in cells]
    kept = [cell for cell, own, now in facts if own == now]
    return kept, [(cell, own, now) for cell, own, now in facts if own != now]


def _run(cell: Recorded) -> tuple[str, str, int, str]:
    """What a cell was measured with: testbed, preset, seed and the name of the engine."""
    identity = cell.record.identity
    return identity.testbed, identity.preset, identity.seed, identity.engine.partition("@")[0]


def _engine(cell: Recorded) -> str:
    return cell.record.identity.engine


def _engine_age(cell: Recorded) -> tuple[int, str]:
    """Versions count up, without leading zeros: of two lengths the longer is newer."""
    return len(_engine(cell)), _engine(cell)


def _row(cell: Recorded) -> tuple[str, str, str, int]:
    identity = cell.record.identity
    return identity.generator.name, identity.testbed, identity.preset, identity.seed


def _generator(cell: Recorded) -> GeneratorIdentity:
    return cell.record.identity.generator


def _generator_age(cell: Recorded) -> tuple[str, str]:
    """Newest last; of equal age by content, so that the order of the cells decides nothing."""
    return cell.record.provenance.created, _generator(cell).model_dump_json()


def _succeeded(own: GeneratorIdentity, now: GeneratorIdentity) -> str:
    if own.version != now.version:
        return f"version {now.version} was measured since"
    changed = "parameters" if own.parameters != now.parameters else "source"
    return f"its {changed} changed and it was measured again"


def _rows(archived: Iterable[tuple[Recorded, str]]) -> tuple[Archived, ...]:
    grouped: dict[tuple[str, ...], list[tuple[Recorded, str]]] = {}
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
