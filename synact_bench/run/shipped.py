"""Shipped cells: published records that a new row is measured beside, instead of measuring them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from synact_bench.core.errors import SynactError
from synact_bench.core.experiments import (
    EXPERIMENTS,
    GAUSSIAN,
    OPTIONAL_DRAWS,
    PRESETS,
    REAL,
    REFERENCE,
    RELEASE_SEED,
    Preset,
)
from synact_bench.generators import BUILTINS, OPTIONAL_BASELINES, discovery
from synact_bench.results import pack, published
from synact_bench.results.comparability import differences
from synact_bench.results.record import CellIdentity, Record
from synact_bench.results.store import Cell, Store
from synact_bench.run import plan
from synact_bench.run.plan import CellPlan, Entry
from synact_bench.testbeds import spec
from synact_bench.testbeds.scale import ScaleFacts
from synact_bench.testbeds.spec import Setup, Testbed

SHOWN = 24
"""Characters that are shown of a value that differs."""
OTHER = "quick"
"""Preset that measures again what was published with one that this version does not know."""
FIX = f"name a preset: --preset {OTHER} measures all of it here, controls included"


@dataclass(frozen=True)
class Shipped:
    """Published cells, each of which this version would measure under the very same identity.

    Attributes:
        pack: file that they are read from.
        testbed: what they are of, with the scale that their records state.
        preset: that they were measured with.
        rows: names of their rows.
        stems: names of the cells.
        left_out: of published rows that this version would measure otherwise, how, a line each.
    """

    pack: Path
    testbed: Testbed
    preset: Preset
    rows: tuple[str, ...]
    stems: frozenset[str]
    left_out: tuple[str, ...] = ()

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
        again = self.preset.name if self.preset.name in PRESETS else OTHER
        for name in settled:
            yield (
                f"{name} is one of them, nothing of it is to be measured: --preset {again} "
                "measures it again"
            )
        yield from self.left_out
        here = sum((store.folder / f"{stem}.json").exists() for stem in self.stems)
        if here:
            yield (
                f"{here} of their cells were measured in {store.folder} too: the published ones "
                "are shown"
            )


def available(testbed: Setup) -> bool:
    """Whether a testbed is a built-in one, on its own text, that has published cells."""
    return testbed.name in spec.catalog() and testbed.name in published.testbeds()


def preset_of(testbed: str) -> str:
    """Name of the preset that a testbed's published cells were measured with.

    Raises:
        RecordError: the pack is missing or damaged, or newer than this version can read.
    """
    found = published.records(testbed)
    real = [each for each in found if each.identity.generator.name == REFERENCE]
    return _preset([each for each in real if _scored(each)], published.of(testbed)).name


def matched(testbed: Testbed, asked: Sequence[Entry]) -> Shipped:
    """The published cells of a testbed that are what this version would measure.

    Left out are cells that no board shows, as of diagnostic paths, and rows that this version would
    measure otherwise, as with a newer version of their generator; unless others are compared with
    them: then nothing may be measured beside the published cells.

    Args:
        testbed: with published cells.
        asked: the rows asked for.

    Raises:
        RecordError: the pack is damaged, or newer than this version can read.
        SynactError: the cells that rows are compared with are not there, or a field of their
            identity differs; the message names which.
    """
    place = published.of(testbed.name)
    records: dict[str, list[Record]] = {}
    for record in published.records(testbed.name):
        records.setdefault(record.identity.generator.name, []).append(record)
    real = [each for each in records.get(REFERENCE, []) if _scored(each)]
    preset, scaled = _preset(real, place), _scaled(testbed, real)
    own = {entry.name: entry.generator for entry in asked}
    named = [name for name in (*BUILTINS, *OPTIONAL_BASELINES) if name in records]
    entries = plan.entries(
        [own.get(name) or discovery.find(name)() for name in named],
        optional=[name for name in OPTIONAL_DRAWS if name in records],
    )
    plans = plan.wanted(scaled, preset, RELEASE_SEED, entries)
    found = {each: _differing(each, records.get(each.entry.name, [])) for each in plans}
    _refuse_unlike({each: found[each] for each in plans if each.entry.name not in own}, place)
    unlike: dict[str, list[str]] = {}
    for each, unlikeness in found.items():
        if unlikeness:
            unlike.setdefault(each.entry.name, unlikeness)
    held = [each for each in plans if found[each] is not None and each.entry.name not in unlike]
    return Shipped(
        pack=place,
        testbed=scaled,
        preset=preset,
        rows=tuple(dict.fromkeys(each.entry.name for each in held)),
        stems=frozenset(each.identity.stem for each in held),
        left_out=tuple(_left_out(name, unlike[name], asked=name in own) for name in unlike),
    )


def _differing(wanted: CellPlan, published: Sequence[Record]) -> list[str] | None:
    """How the published cell that is most like the wanted one differs; None without one."""
    there = [each for each in published if each.identity.cell == wanted.identity.cell]
    return min((_differences(wanted, each) for each in there), key=len, default=None)


def _refuse_unlike(found: Mapping[CellPlan, list[str] | None], place: Path) -> None:
    for wanted, unlikeness in found.items():
        if unlikeness is None and wanted.entry.name in REAL:
            raise _refusal(f"hold no {wanted.label}, which every row is compared with", place)
        if unlikeness and _compared_with(wanted):
            what = f"of {wanted.label}, {'; '.join(unlikeness)}"
            raise _refusal(f"cannot be used: {what}; nothing was measured", place)


def _compared_with(wanted: CellPlan) -> bool:
    """Whether a board needs the row: a draw, or the one that a scale which is not frozen is of."""
    unscaled = wanted.entry.name == GAUSSIAN and not wanted.testbed.scale
    drawn = wanted.entry.generator is None and wanted.entry.name not in OPTIONAL_DRAWS
    return drawn or unscaled


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


def _differences(wanted: CellPlan, there: Record) -> list[str]:
    """The fields of which a published record and what would be measured now differ."""
    lacking = {*wanted.events} - {*there.events} if there.events else set[str]()
    scale = wanted.testbed.scale.get("/".join(wanted.identity.cell))
    then = {"split": there.split, "events": there.events, "frozen scale": there.scale}
    now = {
        "split": "release",
        "events": (*there.events, *sorted(lacking)),
        "frozen scale": scale,
    }
    found = differences(then | _facts(there.identity), now | _facts(wanted.identity))
    return [
        f"{name.replace('_', ' ')} is {_shown(first)} there and {_shown(second)} in this version"
        for name, first, second in found
    ]


def _facts(identity: CellIdentity) -> dict[str, object]:
    own = {f"generator's {name}": value for name, value in identity.generator}
    return identity.model_dump(exclude={"generator"}) | own


def _left_out(name: str, found: Sequence[str], *, asked: bool) -> str:
    """How a published row differs from what this version would measure, and what becomes of it."""
    now = "measured, and takes its place" if asked else f"left out; --generator {name} measures it"
    return f"{name} is published otherwise, {'; '.join(found)}: it is {now}"


def _refusal(what: str, place: Path) -> SynactError:
    return SynactError(f"the published cells {what}", where=str(place), fix=FIX)


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
