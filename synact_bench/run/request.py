"""A request: names from a command line or pytest, resolved to cells and a place to store them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

from synact_bench.core.errors import SynactError, UnknownNameError
from synact_bench.core.experiments import (
    ADAPTIVE,
    CONTROLS,
    DENSE,
    EXPERIMENTS,
    LADDER,
    RELEASE_SEED,
    Experiment,
    Preset,
    find_preset,
)
from synact_bench.core.precision import Precision
from synact_bench.generators import BUILTINS, ENTRANTS
from synact_bench.isolation.limits import Limits
from synact_bench.results.record import Split
from synact_bench.results.store import Cell, Store
from synact_bench.run import asked, first_sample, options, plan, shipped
from synact_bench.run import official as official_run
from synact_bench.run.failures import Failures, made_rows
from synact_bench.run.plan import CellPlan, Entry
from synact_bench.run.roster import Roster
from synact_bench.run.shipped import Shipped
from synact_bench.scoring.resampling import FEWEST_DOCUMENTS
from synact_bench.testbeds.spec import Setup, Testbed

RUNS = options.HOME
DEFAULT_PRESET = "quick"
DEVICE = r"cpu|cuda(:\d+)?"
MADE = tuple(name for name in CONTROLS if name in BUILTINS)
"""Controls that a generator makes: part of every run."""


@dataclass(frozen=True)
class Request:
    """What a user asked for.

    Attributes:
        testbed: the declaration, with the user's own text if one was given.
        preset: how much to measure.
        seed: of prompts, partners and generators.
        split: where the seed comes from.
        targets: generators as given; empty means all built-in ones.
        runs: folder of all runs.
        diagnostic: run the controls of the instrument too: the ladder, and for every control the
            paths that no score is made of.
        dense: run every point of the grid instead of those that a metric depends on.
        precision: of the model's matrix products.
        device: that the model runs on.
        new_seed: whether the seed was drawn just now, for this official run.
        experiments: by name; with other paths than a score is made of where those are asked about.
        shipped: published cells that the targets are measured beside, instead of measuring them.
        roster: the generators, and plugins that can have no row.
    """

    testbed: Testbed
    preset: Preset
    seed: int
    split: Split
    targets: tuple[str, ...]
    runs: Path
    diagnostic: bool = False
    dense: bool = False
    precision: Precision = "float32"
    device: str = "cpu"
    new_seed: bool = False
    experiments: Mapping[str, Experiment] = field(default_factory=lambda: EXPERIMENTS, hash=False)
    shipped: Shipped | None = None
    roster: Roster = field(default_factory=lambda: Roster(Limits()), compare=False, repr=False)

    @classmethod
    def resolve(
        cls,
        *,
        testbed: str | os.PathLike[str] | Setup,
        preset: str | Preset | None,
        generators: Sequence[str] = (),
        seed: int | None = None,
        official: bool = False,
        text: Path | None = None,
        runs: Path = RUNS,
        diagnostic: bool = False,
        dense: bool = False,
        precision: Precision = "float32",
        device: str = "cpu",
        experiments: Mapping[str, Experiment] = EXPERIMENTS,
        scaled: bool = True,
        limits: Limits | None = None,
        say: Callable[[str], object] = lambda _: None,
    ) -> Request:
        """Look the names up.

        Args:
            testbed: name of a built-in testbed, path of a ``.toml`` file, or a declaration. What
                it lacks of a testbed is measured now, once, and kept in the folder of runs.
            preset: name of a preset, or one that has no name. None is quick; but generators that
                are named are measured alone, beside the published cells of the testbed, where it
                has any and nothing else is asked for that those were not measured with.
            generators: built-in names, entry points, ``module:attr`` or ``file.py:Class``.
            seed: of prompts, partners and generators; None is the release's.
            official: draw a seed that nobody knew before, or take the one drawn for these
                generators when the run began.
            text: a person's own text instead of the declared one.
            runs: folder of all runs.
            diagnostic: as the attribute, and so the rest.
            dense: as the attribute.
            precision: as the attribute.
            device: as the attribute.
            experiments: as the attribute.
            scaled: whether realism is wanted, so that a scale which is not declared is measured.
            limits: of plugins; None is a process of its own for each.
            say: told what the testbed lacks, before it is opened to measure that.

        Raises:
            UnknownNameError: a name is not known.
            AssetError: a file that the testbed names is missing, or is not the declared one.
            TextError: the text cannot be read.
            PluginError: no generator asked for can be loaded, or has a name of its own.
            SynactError: a seed was given for an official run, its own cannot be read, or was drawn
                before one of the generators was handed in; or the published cells are not what this
                version would measure.
        """
        if not re.fullmatch(DEVICE, device):
            raise UnknownNameError("device", device, ("cpu", "cuda", "cuda:0"))
        if official and seed is not None:
            raise SynactError(
                "an official run draws its own seed",
                where=f"seed {seed}",
                fix="leave --seed or --official out",
            )
        wanted = DEFAULT_PRESET if preset is None else preset
        chosen = find_preset(wanted) if isinstance(wanted, str) else wanted
        # Before minutes are spent on a testbed's facts.
        roster = Roster(limits or Limits())
        named = roster.entries((*MADE, *generators))
        made = roster.made(generators) or made_rows(named)
        Failures(roster.refused, rows={*made, *roster.refused}).raise_if_all()
        declared = asked.setup(testbed, text=text)
        plain = seed in {None, RELEASE_SEED} and not (official or diagnostic or dense)
        beside: Shipped | None = None
        if preset is None and generators and plain and precision == "float32":
            beside = _beside(declared, roster.entries(generators))
        if beside is not None:
            found, chosen = beside.testbed, beside.preset
        else:  # with fewer documents nothing is scored
            scored = scaled and chosen.bases >= FEWEST_DOCUMENTS

            @cache  # whatever is lacking
            def tried() -> None:
                Failures(first_sample.refusals(named, say=say), rows=made).raise_if_all()

            def before(opening: str) -> None:
                tried()
                say(opening)

            found = asked.complete(declared, runs, device=device, scale=scored, say=before)
        request = cls(
            found,
            chosen,
            RELEASE_SEED if seed is None else seed,
            "release" if seed in {None, RELEASE_SEED} else "own",
            tuple(generators),
            runs,
            diagnostic=diagnostic,
            dense=dense,
            precision=precision,
            device=device,
            experiments=experiments,
            shipped=beside,
            roster=roster,
        )
        return request._official() if official else request

    @property
    def folder(self) -> Path:
        """Where this request's cells are stored: apart from those that cannot be compared."""
        dense = "-dense" if self.dense else ""
        precision = "" if self.precision == "float32" else f"-{self.precision}"
        name = official_run.FOLDER if self.split == "official" else f"seed-{self.seed}"
        name += dense + precision
        return self.runs / self.testbed.name / self.preset.name / name

    @property
    def engine(self) -> str:
        """How points are chosen and run, ``name@version``."""
        return DENSE if self.dense else ADAPTIVE

    @property
    def store(self) -> Store:
        """The store in ``folder``."""
        return Store(self.folder)

    @cached_property
    def plans(self) -> list[CellPlan]:
        """The cells to be measured: what the trial draws, the controls, and what was asked for.

        Beside published cells, those of the generators asked for alone that are not among them.

        Raises:
            UnknownNameError: there is no such generator.
            PluginError: a generator cannot be loaded, or two have one name.
        """
        if self.shipped is None:
            return self._planned(self._asked)
        return [
            cell
            for cell in self._planned(self.targets)
            if cell.entry.generator is not None and not self.shipped.holds(cell.identity)
        ]

    @cached_property
    def rows(self) -> tuple[str, ...]:
        """Names of the rows that were asked for; empty if none was named."""
        drawn = {name for each in EXPERIMENTS.values() for name in each.draws}
        entries = self.roster.entries(self.targets)
        named = [entry.name for entry in entries if entry.generator is not None]
        return (*(target for target in self.targets if target in drawn), *named)

    @property
    def made(self) -> set[str]:
        """The rows that are measured for their own sake: those asked for, or all but controls."""
        return self.roster.made(self.targets) or made_rows(self.roster.entries(self._asked))

    def remarks(self) -> list[str]:
        """What to know before anything is measured, of published cells and plugins, a line each."""
        if self.shipped is None:
            return self.roster.remarks()
        measured = {cell.entry.name for cell in self.plans}
        settled = [name for name in self.rows if name not in measured]
        return [*self.roster.remarks(), *self.shipped.remarks(settled, self.store)]

    def board_cells(self, *, without: Collection[str] = ()) -> list[Cell]:
        """The cells of this request and those of other built-in rows that are stored already.

        Beside published cells, all of those in the place of what is stored of the same.

        Args:
            without: rows that were asked for and failed.
        """
        plans = [cell for cell in self.plans if cell.entry.name not in without]
        if self.shipped is not None:
            own = [self.store.cell(cell.identity) for cell in plans]
            return [*self.shipped.cells(), *own]
        asked = {cell.entry.name for cell in self.plans}
        others = self._planned([name for name in (*BUILTINS, *ENTRANTS) if name not in asked])
        incomplete = {cell.entry.name for cell in plan.missing(others, self.store)} | asked
        shown = plans + [cell for cell in others if cell.entry.name not in incomplete]
        return [self.store.cell(cell.identity) for cell in shown]

    def _official(self) -> Request:
        """The same with the seed of its official run, which was drawn for all of its rows.

        The ladder is free to come later: it is no row of a board.
        """
        request = replace(self, split="official")
        entries = self.roster.entries(self._asked)
        rows = [row for row in entries if row.generator and row.name not in LADDER]
        seed, new = official_run.take_seed(request.folder, [row.identity for row in rows])
        return replace(request, seed=seed, new_seed=new)

    @property
    def _asked(self) -> tuple[str, ...]:
        ladder = LADDER if self.diagnostic else ()
        entrants = ENTRANTS if self.preset.entrants else ()
        unnamed = (*BUILTINS, *entrants)
        kept = [name for name in (*MADE, *unnamed) if name not in self.preset.left_out]
        made = [name for name in kept if name in MADE]
        return (*made, *(self.targets or kept), *ladder)

    def _planned(self, targets: Sequence[str]) -> list[CellPlan]:
        return plan.wanted(
            self.testbed,
            self.preset,
            self.seed,
            self.roster.entries(targets),
            experiments=self.experiments,
            engine=self.engine,
            precision=self.precision,
            diagnostic=self.diagnostic,
        )


def _beside(testbed: Setup, entries: Sequence[Entry]) -> Shipped | None:
    """The published cells to measure generators beside; None where the testbed has none."""
    if not shipped.available(testbed):
        return None
    assert isinstance(testbed, Testbed)  # built-in ones lack nothing
    return shipped.matched(testbed, [entry for entry in entries if entry.generator is not None])
