"""The plan: which cells are wanted, and which of them are not stored yet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from synact_bench import paths
from synact_bench.core.conventional import CONVENTIONAL, PLACES
from synact_bench.core.errors import PluginError
from synact_bench.core.experiments import (
    ADAPTIVE,
    CONTROLS,
    DENSE,
    DESIGN,
    EXPERIMENTS,
    LADDER,
    OPTIONAL_DRAWS,
    RULES,
    Experiment,
    Preset,
)
from synact_bench.core.precision import Precision
from synact_bench.core.row_names import RENAMED, first
from synact_bench.generators.base import Generator
from synact_bench.generators.ladder import Ladder
from synact_bench.generators.source import source_digest
from synact_bench.isolation.isolated import Isolated
from synact_bench.metrics import Event, events_of
from synact_bench.results.record import CellIdentity, GeneratorIdentity, Row
from synact_bench.results.store import Store
from synact_bench.results.summary import points_asked
from synact_bench.testbeds.spec import Testbed


@dataclass(frozen=True, eq=False)
class Entry:
    """A row of the board to be: a generator, or one that the design draws (then None)."""

    name: str
    generator: Generator | Isolated | None

    @property
    def identity(self) -> GeneratorIdentity:
        """What decides the row's activations."""
        if self.generator is None:
            return GeneratorIdentity(name=self.name, version="1", parameters={}, source_digest="")
        generator, card = self.generator, self.generator.card
        return GeneratorIdentity(
            name=card.name,
            version=card.version,
            parameters=dict(card.parameters),
            source_digest=generator.source_digest
            if isinstance(generator, Isolated)
            else source_digest(generator),
        )

    @property
    def stream(self) -> str:
        """What its random streams are called: of a row of ours, its first name."""
        return self.name if self.identity.source_digest else first(self.name)

    @property
    def row(self) -> Row:
        """How the row is shown."""
        if self.generator is None:
            return Row(kind="draw", track=None)
        card = self.generator.card
        return Row(
            kind="generator",
            track=card.track,
            authors=card.authors,
            reference=card.reference,
            summary=card.summary,
        )


@dataclass(frozen=True, eq=False)
class CellPlan:
    """One cell to be measured."""

    testbed: Testbed
    entry: Entry
    experiment: Experiment
    path: str
    identity: CellIdentity

    @property
    def events(self) -> tuple[Event, ...]:
        """What its points are chosen for; nothing where all of them are run."""
        return events_of(*self.identity.cell) if self.identity.engine == ADAPTIVE else ()

    @property
    def points(self) -> int:
        """Its points, those interpolated among them."""
        return points_asked(self.identity.bases, self.identity.refined, self.identity.points)

    @property
    def label(self) -> str:
        """Short name for people."""
        return f"{self.entry.name} {self.experiment.name} {self.path}"


def entries(
    generators: Iterable[Generator | Isolated], *, optional: Iterable[str] = ()
) -> list[Entry]:
    """The rows that a design draws first, then the generators in the given order.

    Args:
        generators: of the other rows.
        optional: names of draws that are not part of every run.

    Raises:
        PluginError: two rows would have one name, or one that of a rung of the ladder, or one that
            a row of ours once had.
    """
    draws = dict.fromkeys(name for each in EXPERIMENTS.values() for name in each.draws)
    rows = [Entry(name, None) for name in (*draws, *optional)]
    for generator in generators:
        name = generator.card.name
        if name in OPTIONAL_DRAWS or any(name == row.name for row in rows):
            raise PluginError(
                f"another row of the board is called {name!r}",
                where=_class(generator),
                fix="give the generator's card another name",
            )
        if name in RENAMED:
            raise PluginError(
                f"a built-in row was called {name!r} before it was {RENAMED[name]!r}",
                where=_class(generator),
                fix="give the generator's card another name",
            )
        if name in LADDER and type(generator) is not Ladder:
            # A board leaves the ladder out: the row would be measured and never shown.
            raise PluginError(
                f"a rung of the built-in ladder is called {name!r}",
                where=_class(generator),
                fix="give the generator's card another name",
            )
        rows.append(Entry(name, generator))
    return rows


def _class(generator: Generator | Isolated) -> str:
    """What the generator is in its source."""
    return generator.target if isinstance(generator, Isolated) else type(generator).__name__


def wanted(
    testbed: Testbed,
    preset: Preset,
    seed: int,
    rows: Iterable[Entry],
    experiments: Mapping[str, Experiment] = EXPERIMENTS,
    *,
    engine: str = ADAPTIVE,
    precision: Precision = "float32",
    diagnostic: bool = False,
    named: Collection[str] = (),
) -> list[CellPlan]:
    """Every cell of a board, in the order in which they are best run.

    With ``diagnostic``, those of the paths that no score is made of too, for rows that the design
    draws, for controls and for those that are named.

    Args:
        testbed: what is probed.
        preset: how much is measured.
        seed: of prompts, partners and generators.
        rows: of the board.
        experiments: by name.
        engine: how points are chosen and run.
        precision: of the matrix products.
        diagnostic: whether the instrument is checked.
        named: rows that were asked for by name.
    """
    plans = []
    for entry in rows:
        generator = entry.identity
        for experiment in experiments.values():
            if not _run_in(entry, experiment):
                continue
            shown = entry.generator is None or entry.name in CONTROLS or entry.name in named
            further = paths.diagnostic(experiment) if diagnostic and shown else ()
            for path in (*experiment.paths, *further):
                identity = CellIdentity(
                    testbed=testbed.identity,
                    testbed_digest=testbed.digest,
                    generator=generator,
                    experiment=experiment.identity,
                    path=paths.PATHS[path].identity,
                    preset=preset.name,
                    bases=preset.bases,
                    refined=preset.bases if engine == DENSE else preset.refined,
                    points=preset.points,
                    seed=seed,
                    dtype=precision,
                    engine=engine,
                    design=DESIGN,
                    rules=RULES,
                )
                plans.append(CellPlan(testbed, entry, experiment, path, identity))
    return plans


def _run_in(entry: Entry, experiment: Experiment) -> bool:
    """Whether a row is one of an experiment's: a draw of its own, or of one of its tracks."""
    if entry.generator is None:
        optional = OPTIONAL_DRAWS if experiment.draws else ()
        return entry.name in (*experiment.draws, *optional)
    return entry.generator.card.track in experiment.tracks


def missing(plans: Iterable[CellPlan], store: Store) -> list[CellPlan]:
    """The planned cells that are not stored whole, with equal identity and all points needed.

    Those that are stored then state the testbed's scale as it is declared now: all cells of a board
    have one.

    Raises:
        RecordError: a stored record is newer than this version can read.
    """
    store.bring_up_to_date()
    lacking = []
    for plan in plans:
        if store.holds(plan.identity, events=plan.events):
            store.restate(plan.identity, plan.testbed.scale.get("/".join(plan.identity.cell)))
        else:
            lacking.append(plan)
    return lacking


def unreported(plans: Iterable[CellPlan], store: Store) -> list[CellPlan]:
    """The planned cells that are stored, but without conventional measures of this version.

    Those of full substitution, measured before there were any, or by another definition. To
    measure one of them again runs no point that is stored. An empty cell has nothing to add.

    Raises:
        RecordError: a stored record is newer than this version can read.
    """
    found = []
    for plan in plans:
        cell = store.found(plan.identity) if plan.identity.cell in PLACES else None
        if cell is not None and cell.record.status == "ok":
            own = cell.record.conventional
            if own is None or own.definition != CONVENTIONAL:
                found.append(plan)
    return found
