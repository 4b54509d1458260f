"""A request: names from a command line or pytest, resolved to cells and a place to store them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from synact_bench.errors import SynactError, UnknownNameError
from synact_bench.experiments import (
    ADAPTIVE,
    CONTROLS,
    DENSE,
    EXPERIMENTS,
    LADDER,
    RELEASE_SEED,
    Preset,
    find_preset,
)
from synact_bench.generators import BUILTINS, ENTRANTS, discovery
from synact_bench.harness import plan
from synact_bench.harness.plan import CellPlan
from synact_bench.precision import Precision
from synact_bench.results.files import write_atomically
from synact_bench.results.record import Split, own_text_mark
from synact_bench.results.store import Cell, Store
from synact_bench.testbeds import prompts, spec
from synact_bench.testbeds.spec import Testbed

RUNS = Path("runs")
OFFICIAL = "official"
"""Folder of an official run, in the place of the seed: its seed is not known beforehand."""
SEED_FILE = "seed.txt"
SEED_BITS = 32
DEVICE = r"cpu|cuda(:\d+)?"


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

    @classmethod
    def resolve(
        cls,
        *,
        testbed: str,
        preset: str,
        generators: Sequence[str] = (),
        seed: int | None = None,
        official: bool = False,
        text: Path | None = None,
        runs: Path = RUNS,
        diagnostic: bool = False,
        dense: bool = False,
        precision: Precision = "float32",
        device: str = "cpu",
    ) -> Request:
        """Look the names up.

        Args:
            testbed: name of a built-in testbed.
            preset: name of a preset.
            generators: built-in names, entry points, ``module:attr`` or ``file.py:Class``.
            seed: of prompts, partners and generators; None is the release's.
            official: draw a seed that nobody knew before, or take the one drawn for a run that is
                already there.
            text: a person's own text instead of the declared one.
            runs: folder of all runs.
            diagnostic: as the attribute, and so the rest.
            dense: as the attribute.
            precision: as the attribute.
            device: as the attribute.

        Raises:
            UnknownNameError: a name is not known.
            TextError: the text cannot be read.
            SynactError: a seed was given for an official run, or its own cannot be read.
        """
        if not re.fullmatch(DEVICE, device):
            raise UnknownNameError("device", device, ("cpu", "cuda", "cuda:0"))
        found = spec.find(testbed)
        if text is not None:
            own = prompts.local_text(text)
            # The declared L0 is that of the declared text.
            changed = {"name": found.name + own_text_mark(own.sha256), "text": own, "l0": None}
            found = found.model_copy(update=changed)
        chosen = find_preset(preset)
        if official:
            split: Split = "official"
            seed = _official_seed(runs / found.name / chosen.name / OFFICIAL, given=seed)
        else:
            split = "release" if seed in {None, RELEASE_SEED} else "own"
        return cls(
            found,
            chosen,
            RELEASE_SEED if seed is None else seed,
            split,
            tuple(generators),
            runs,
            diagnostic=diagnostic,
            dense=dense,
            precision=precision,
            device=device,
        )

    @property
    def folder(self) -> Path:
        """Where this request's cells are stored: apart from those that cannot be compared."""
        dense = "-dense" if self.dense else ""
        precision = "" if self.precision == "float32" else f"-{self.precision}"
        name = OFFICIAL if self.split == "official" else f"seed-{self.seed}"
        name += dense + precision
        return self.runs / self.testbed.name / self.preset.name / name

    @property
    def store(self) -> Store:
        """The store in ``folder``."""
        return Store(self.folder)

    @cached_property
    def plans(self) -> list[CellPlan]:
        """The cells to be measured: what the trial draws, the controls, and what was asked for.

        Raises:
            UnknownNameError: there is no such generator.
            PluginError: a generator cannot be loaded, or two have one name.
        """
        controls = (name for name in CONTROLS if name in BUILTINS)
        ladder = LADDER if self.diagnostic else ()
        entrants = ENTRANTS if self.preset.entrants else ()
        return self._planned((*controls, *(self.targets or (*BUILTINS, *entrants)), *ladder))

    def board_cells(self) -> list[Cell]:
        """The cells of this request and those of other built-in rows that are stored already."""
        asked = {cell.entry.name for cell in self.plans}
        others = self._planned([name for name in (*BUILTINS, *ENTRANTS) if name not in asked])
        incomplete = {cell.entry.name for cell in plan.missing(others, self.store)} | asked
        shown = self.plans + [cell for cell in others if cell.entry.name not in incomplete]
        return [self.store.cell(cell.identity) for cell in shown]

    def _planned(self, targets: Sequence[str]) -> list[CellPlan]:
        drawn = {name for each in EXPERIMENTS.values() for name in each.draws}
        wanted = (target for target in targets if target not in drawn)
        generators = [discovery.find(target)() for target in dict.fromkeys(wanted)]
        return plan.wanted(
            self.testbed,
            self.preset,
            self.seed,
            plan.entries(generators),
            engine=DENSE if self.dense else ADAPTIVE,
            precision=self.precision,
            diagnostic=self.diagnostic,
        )


def _official_seed(folder: Path, *, given: int | None) -> int:
    """The seed of the official run in ``folder``: drawn when it is first asked for, then kept.

    Kept, so that a run that was stopped goes on; a new one is drawn once the folder is deleted.
    """
    if given is not None:
        raise SynactError(
            "an official run draws its own seed",
            where=f"seed {given}",
            fix="leave --seed or --official out",
        )
    place = folder / SEED_FILE
    if not place.exists():
        write_atomically(place, f"{secrets.randbits(SEED_BITS)}\n".encode())
    try:
        seed = int(place.read_text(encoding="utf-8"))
        if not 0 <= seed < 2**SEED_BITS:
            raise ValueError(f"{seed} does not have {SEED_BITS} bits")
    except (OSError, ValueError) as error:
        raise SynactError(
            f"holds no seed: {error}", where=str(place), fix=f"delete {folder} and run again"
        ) from error
    return seed
