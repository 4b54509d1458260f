"""A request: the cells that a run is asked for, and the place where they are stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from synact_bench import generators
from synact_bench.core.experiments import (
    ADAPTIVE,
    CONTROLS,
    DENSE,
    EXPERIMENTS,
    LADDER,
    OPTIONAL_DRAWS,
    RECONSTRUCTIONS,
    Experiment,
    Preset,
)
from synact_bench.core.tracks import RECONSTRUCTION
from synact_bench.generators import BUILTINS, OPTIONAL_BASELINES
from synact_bench.generators import RECONSTRUCTIONS as RECONSTRUCTION_ROWS
from synact_bench.results.record import Split
from synact_bench.results.store import Cell, Store
from synact_bench.run import official, plan
from synact_bench.run.failures import made_rows
from synact_bench.run.options import RunOptions
from synact_bench.run.plan import CellPlan
from synact_bench.run.roster import Roster
from synact_bench.run.shipped import Shipped
from synact_bench.testbeds.spec import Testbed

if TYPE_CHECKING:
    from synact_bench.run.session import Session

MADE = tuple(name for name in CONTROLS if name in BUILTINS)
"""Controls that a generator makes: part of every run."""


@dataclass(frozen=True)
class Request:
    """The cells that a user asked for; ``open_request`` makes one of the options.

    Attributes:
        options: as given.
        testbed: with its measured facts, and with the user's own text if one was given.
        preset: how much to measure.
        seed: of prompts, partners and generators.
        split: where the seed comes from.
        new_seed: whether the seed was drawn just now, for this official run.
        experiments: by name; with other paths than a score is made of where those are asked about.
        shipped: published cells that the targets are measured beside, instead of measuring them.
        roster: the generators, and plugins that can have no row.
        also: hooks at which activations are captured for other requests: ``sharing_passes``.
    """

    options: RunOptions
    testbed: Testbed
    preset: Preset
    seed: int
    split: Split
    new_seed: bool = False
    experiments: Mapping[str, Experiment] = field(default_factory=lambda: EXPERIMENTS, hash=False)
    shipped: Shipped | None = None
    roster: Roster = field(default_factory=Roster, compare=False, repr=False)
    also: Sequence[str] = field(default=(), compare=False)

    @property
    def folder(self) -> Path:
        """Where this request's cells are stored: apart from those that cannot be compared."""
        dense = "-dense" if self.options.dense else ""
        precision = self.options.precision
        name = official.FOLDER if self.split == "official" else f"seed-{self.seed}"
        name += dense + ("" if precision == "float32" else f"-{precision}")
        name += f"-{RECONSTRUCTION}" if self.reconstructs else ""
        return self.options.runs / self.testbed.name / self.preset.name / name

    @property
    def reconstructs(self) -> bool:
        """Whether it is of the reconstruction track, whose cells stand on a board of their own."""
        return self.experiments is RECONSTRUCTIONS

    @property
    def engine(self) -> str:
        """How points are chosen and run, ``name@version``."""
        return DENSE if self.options.dense else ADAPTIVE

    @property
    def store(self) -> Store:
        """The store in ``folder``."""
        return Store(self.folder)

    @cached_property
    def plans(self) -> list[CellPlan]:
        """The cells to be measured: what the design draws, the controls, and what was asked for.

        Beside published cells, those of the generators and optional draws asked for alone that
        are not among them.

        Raises:
            UnknownNameError: there is no such generator.
            PluginError: a generator cannot be loaded, or two have one name.
        """
        if self.shipped is None:
            return self._planned(self.asked_for)
        return [
            cell
            for cell in self._planned(self.options.generators)
            if (cell.entry.generator is not None or cell.entry.name in OPTIONAL_DRAWS)
            and not self.shipped.holds(cell.identity)
        ]

    @cached_property
    def rows(self) -> tuple[str, ...]:
        """Names of the rows that were asked for; empty if none was named."""
        drawn = {*OPTIONAL_DRAWS, *(name for each in EXPERIMENTS.values() for name in each.draws)}
        entries = self.roster.entries(self.options.generators)
        named = [entry.name for entry in entries if entry.generator is not None]
        asked = dict.fromkeys(self.options.generators)
        return (*(target for target in asked if target in drawn), *named)

    @property
    def made(self) -> set[str]:
        """The rows that are measured for their own sake: those asked for, or all but controls."""
        named = self.roster.made(self.options.generators)
        return named or made_rows(self.roster.entries(self.asked_for))

    def session(self) -> Session:
        """Open what its cells share.

        Raises:
            SynactError: the testbed cannot be opened, its text gives too few prompts, or there is
                no such device.
        """
        from synact_bench.run import runner  # noqa: PLC0415  (loads the model libraries)

        return runner.prepare(
            self.testbed,
            self.preset,
            self.seed,
            split=self.split,
            precision=self.options.precision,
            device=self.options.device,
            also=self.also,
        )

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
        unasked = (*OPTIONAL_DRAWS, *BUILTINS, *OPTIONAL_BASELINES)
        built_in = RECONSTRUCTION_ROWS if self.reconstructs else unasked
        others = self._planned([name for name in built_in if name not in asked])
        incomplete = {cell.entry.name for cell in plan.missing(others, self.store)} | asked
        shown = plans + [cell for cell in others if cell.entry.name not in incomplete]
        return [self.store.cell(cell.identity) for cell in shown]

    @property
    def asked_for(self) -> tuple[str, ...]:
        """Rows to be measured, by target: controls, those named or all, and the ladder.

        Of the reconstruction track those named or all.
        """
        if self.reconstructs:
            rows = generators.reconstructions_in(self.testbed.site)
            return self.options.generators or tuple(rows)
        ladder = LADDER if self.options.diagnostic else ()
        site = self.testbed.site
        further = (*OPTIONAL_DRAWS, *generators.optional_in(site))
        optional = further if self.preset.optional_baselines else ()
        unnamed = (*BUILTINS, *optional)
        kept = [name for name in (*MADE, *unnamed) if name not in self.preset.left_out]
        made = [name for name in kept if name in MADE]
        return (*made, *(self.options.generators or kept), *ladder)

    def _planned(self, targets: Sequence[str]) -> list[CellPlan]:
        return plan.wanted(
            self.testbed,
            self.preset,
            self.seed,
            self.roster.entries(targets),
            experiments=self.experiments,
            engine=self.engine,
            precision=self.options.precision,
            diagnostic=self.options.diagnostic,
            named=self.rows,
        )


def sharing_passes(requests: Sequence[Request]) -> list[Request]:
    """Requests that capture for each other: a pass to layer 20 gives what layer 10 needs too.

    Of those with the same model, prompts and share of the train pool, the first that runs the model
    stops where the deepest needs it, and leaves there what the others find. Who lacks no cell asks
    for nothing.
    """
    lacking = [each for each in requests if plan.missing(each.plans, each.store)]

    def asked_by_others(one: Request) -> Sequence[str]:
        own = one.testbed.prompts_digest, one.preset.train_activations
        hooks = (
            each.testbed.write_hook
            for each in lacking
            if (each.testbed.prompts_digest, each.preset.train_activations) == own
        )
        return [*dict.fromkeys(each for each in hooks if each != one.testbed.write_hook)]

    return [replace(each, also=asked_by_others(each)) for each in requests]
