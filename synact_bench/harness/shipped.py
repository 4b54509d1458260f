"""Shipped cells: published records that a new row is measured beside, instead of measuring them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from synact_bench.errors import SynactError
from synact_bench.experiments import (
    EXPERIMENTS,
    PRESETS,
    REAL,
    REFERENCE,
    RELEASE_SEED,
    Preset,
)
from synact_bench.generators import BUILTINS, ENTRANTS, discovery
from synact_bench.harness import plan
from synact_bench.harness.plan import CellPlan, Entry
from synact_bench.results import pack, published
from synact_bench.results.record import CellIdentity, Record
from synact_bench.results.store import Cell, Store
from synact_bench.testbeds import spec
from synact_bench.testbeds.scale import ScaleFacts
from synact_bench.testbeds.spec import Setup, Testbed

SHOWN = 24
"""Characters that are shown of a value that differs."""
FIX = "name a preset: --preset quick measures all of it here, controls included"


@dataclass(frozen=True)
class Shipped:
    """Published cells, each of which this version would measure under the very same identity.

    Attributes:
        pack: file that they are read from.
        testbed: what they are of, with the scale that their records state.
        preset: that they were measured with.
        rows: names of their rows.
        stems: names of the cells.
        replaced: how rows that are asked for differ from published ones of the same name, which
            are left out.
    """

    pack: Path
    testbed: Testbed
    preset: Preset
    rows: tuple[str, ...]
    stems: frozenset[str]
    replaced: tuple[str, ...] = ()

    def holds(self, identity: CellIdentity) -> bool:
        """Whether a cell of this identity is among them."""
        return identity.stem in self.stems

    def cells(self) -> list[Cell]:
        """All of them.

        Raises:
            RecordError: the pack is damaged.
        """
        found = pack.load(self.pack, rows=self.rows)
        return [cell for cell in found if self.holds(cell.record.identity)]

    def remarks(self, settled: Sequence[str], store: Store) -> Iterator[str]:
        """What to know of them, a line each.

        Args:
            settled: names of rows that were asked for and are among them, whole.
            store: where new cells go.
        """
        yield (
            f"{self.testbed.name}, {self.preset.name} preset, {self.preset.bases} bases: "
            f"{len(self.rows)} published rows are not measured again"
        )
        for name in settled:
            yield (
                f"{name} is one of them, nothing of it is to be measured: --preset "
                f"{self.preset.name} measures it anew"
            )
        yield from self.replaced
        here = sum((store.folder / f"{stem}.json").exists() for stem in self.stems)
        if here:
            yield (
                f"{here} of their cells were measured in {store.folder} too: the published ones "
                "are shown"
            )


def available(testbed: Setup) -> bool:
    """Whether a testbed is a built-in one, on its own text, that has published cells."""
    return testbed.name in spec.catalog() and testbed.name in published.testbeds()


def matched(testbed: Testbed, asked: Sequence[Entry]) -> Shipped:
    """The published cells of a testbed, if all are what this version would measure.

    Left out are cells that no board shows, as of diagnostic paths, and those of a row that is asked
    for and is published with another version, parameters or source.

    Args:
        testbed: with published cells.
        asked: the rows asked for.

    Raises:
        RecordError: the pack is damaged, or newer than this version can read.
        SynactError: a field of an identity differs, or the cells that rows are compared with are
            not there; the message names what, and nothing may be measured beside them.
    """
    place = published.of(testbed.name)
    records: dict[str, list[Record]] = {}
    for record in pack.records(place):
        records.setdefault(record.identity.generator.name, []).append(record)
    real = [each for each in records.get(REFERENCE, []) if _scored(each)]
    preset, scaled = _preset(real, place), _scaled(testbed, real)
    replaced = {
        entry.name: _replaced(entry, records[entry.name][0])
        for entry in asked
        if entry.name in records
        and all(each.identity.generator != entry.identity for each in records[entry.name])
    }
    named = [name for name in (*BUILTINS, *ENTRANTS) if name in records and name not in replaced]
    entries = plan.entries([discovery.find(name)() for name in named])
    held: dict[str, list[str]] = {}
    for wanted in plan.wanted(scaled, preset, RELEASE_SEED, entries):
        name, cell = wanted.entry.name, wanted.identity.cell
        there = [each for each in records.get(name, []) if each.identity.cell == cell]
        if there:
            _refuse_differing(wanted, there, place)
            held.setdefault(name, []).append(wanted.identity.stem)
        elif name in REAL:
            raise _refusal(f"hold no {wanted.label}, which every row is compared with", place)
    stems = frozenset(stem for own in held.values() for stem in own)
    return Shipped(place, scaled, preset, tuple(held), stems, tuple(replaced.values()))


def _scored(record: Record) -> bool:
    """Whether a board shows the cell."""
    experiment, path = record.identity.cell
    return experiment in EXPERIMENTS and path in EXPERIMENTS[experiment].paths


def _preset(real: Sequence[Record], place: Path) -> Preset:
    """The preset that draws of real activations were measured with."""
    identities = [each.identity for each in real]
    facts = {(each.preset, each.bases, each.refined, each.points) for each in identities}
    if len(facts) != 1:
        raise _refusal(f"hold {REFERENCE} of {len(facts)} presets, not of one", place)
    ((name, bases, refined, points),) = facts
    known = PRESETS.get(name)
    if known is not None and (known.bases, known.refined, known.points) == (bases, refined, points):
        return known
    try:
        return Preset(name, bases=bases, refined=refined, points=points)
    except ValueError as error:
        raise _refusal(str(error), place) from error


def _scaled(testbed: Testbed, real: Sequence[Record]) -> Testbed:
    """The testbed, if it declares no scale with that which the records state: one for all cells."""
    if testbed.scale:
        return testbed
    scale: dict[str, ScaleFacts] = {
        "/".join(each.identity.cell): each.scale for each in real if each.scale is not None
    }
    return testbed.model_copy(update={"scale": scale})


def _refuse_differing(wanted: CellPlan, there: Sequence[Record], place: Path) -> None:
    found = min((_differences(wanted, each) for each in there), key=len)
    if found:
        raise _refusal(
            f"cannot be used: of {wanted.label}, {'; '.join(found)}; nothing was measured", place
        )


def _differences(wanted: CellPlan, there: Record) -> list[str]:
    """The fields of which a published record and what would be measured now differ."""
    lacking = {*wanted.events} - {*there.events} if there.events else set[str]()
    scale = wanted.testbed.scale.get("/".join(wanted.identity.cell))
    pairs: dict[str, tuple[object, object]] = {
        "split": (there.split, "release"),
        "events": (there.events, (*there.events, *sorted(lacking))),
        "frozen scale": (there.scale, scale),
    }
    own, now = there.identity.model_dump(), wanted.identity.model_dump()
    for part in (own, now):
        part |= {f"generator's {name}": value for name, value in part.pop("generator").items()}
    pairs |= {name: (own[name], now[name]) for name in own}
    return [
        f"{name.replace('_', ' ')} is {_shown(then)} there and {_shown(here)} in this version"
        for name, (then, here) in pairs.items()
        if then != here
    ]


def _replaced(entry: Entry, there: Record) -> str:
    """How a row that is asked for differs from the published one of its name."""
    own, now = there.identity.generator.model_dump(), entry.identity.model_dump()
    changed = ", ".join(name.replace("_", " ") for name in own if own[name] != now[name])
    return f"{entry.name} is published with another {changed}: it is measured, and takes its place"


def _refusal(what: str, place: Path) -> SynactError:
    return SynactError(f"the published cells {what}", where=str(place), fix=FIX)


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
