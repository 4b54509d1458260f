"""A request: names from a command line or pytest, resolved to cells and a place to store them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from synact_bench.errors import UnknownNameError
from synact_bench.experiments import ADAPTIVE, DENSE, GAUSSIAN, Preset, find_preset
from synact_bench.generators import BUILTINS, discovery
from synact_bench.harness import plan
from synact_bench.harness.plan import CellPlan
from synact_bench.precision import Precision
from synact_bench.results.record import own_text_mark
from synact_bench.results.store import Cell, Store
from synact_bench.testbeds import prompts, spec
from synact_bench.testbeds.spec import Testbed

RUNS = Path("runs")
DEVICE = r"cpu|cuda(:\d+)?"


@dataclass(frozen=True)
class Request:
    """What a user asked for.

    Attributes:
        testbed: the declaration, with the user's own text if one was given.
        preset: how much to measure.
        seed: of prompts, partners and generators.
        targets: generators as given; empty means all built-in ones.
        runs: folder of all runs.
        dense: run every point of the grid instead of those that a metric depends on.
        precision: of the model's matrix products.
        device: that the model runs on.
    """

    testbed: Testbed
    preset: Preset
    seed: int
    targets: tuple[str, ...]
    runs: Path
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
        seed: int = 0,
        text: Path | None = None,
        runs: Path = RUNS,
        dense: bool = False,
        precision: Precision = "float32",
        device: str = "cpu",
    ) -> Request:
        """Look the names up.

        Raises:
            UnknownNameError: a name is not known.
            TextError: the text cannot be read.
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
        return cls(found, chosen, seed, tuple(generators), runs, dense, precision, device)

    @property
    def folder(self) -> Path:
        """Where this request's cells are stored: apart from those that cannot be compared."""
        dense = "-dense" if self.dense else ""
        precision = "" if self.precision == "float32" else f"-{self.precision}"
        name = f"seed-{self.seed}{dense}{precision}"
        return self.runs / self.testbed.name / self.preset.name / name

    @property
    def store(self) -> Store:
        """The store in ``folder``."""
        return Store(self.folder)

    @cached_property
    def plans(self) -> list[CellPlan]:
        """The cells to be measured: real draws, Gaussian, and what was asked for.

        Raises:
            UnknownNameError: there is no such generator.
            PluginError: a generator cannot be loaded, or two have one name.
        """
        targets = self.targets or tuple(BUILTINS)
        if GAUSSIAN not in targets:
            targets = (GAUSSIAN, *targets)
        return self._planned(targets)

    def board_cells(self) -> list[Cell]:
        """The cells of this request and those of other built-in rows that are stored already."""
        asked = {cell.entry.name for cell in self.plans}
        others = self._planned([name for name in BUILTINS if name not in asked])
        incomplete = {cell.entry.name for cell in plan.missing(others, self.store)} | asked
        shown = self.plans + [cell for cell in others if cell.entry.name not in incomplete]
        return [self.store.cell(cell.identity) for cell in shown]

    def _planned(self, targets: Sequence[str]) -> list[CellPlan]:
        generators = [discovery.find(target)() for target in dict.fromkeys(targets)]
        return plan.wanted(
            self.testbed,
            self.preset,
            self.seed,
            plan.entries(generators),
            engine=DENSE if self.dense else ADAPTIVE,
            precision=self.precision,
        )
