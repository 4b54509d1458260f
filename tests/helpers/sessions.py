"""A plugin that remembers what it was given, and its cells in a session."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.experiments import PRESETS
from synact_bench.generators.base import Generator, GeneratorCard, Track
from synact_bench.run import plan
from synact_bench.run.plan import CellPlan
from synact_bench.run.session import Session
from synact_bench.testbeds.spec import Testbed


class Shown:
    """Remembers what it is given and returns ``change`` of what it is shown.

    Args:
        change: of the base, or of as many zeros on the unconditional track.
        track: which of the two.
    """

    def __init__(
        self,
        change: Callable[[Tensor], Tensor] = lambda base: base + 1,
        track: Track = "conditioned",
    ) -> None:
        self.card = GeneratorCard(name="shown", version="1", track=track)
        self.change = change
        self.fitted: list[tuple[RealActivations, Dictionary, torch.Generator]] = []
        self.bases: list[Tensor] = []
        self.rngs: list[torch.Generator] = []

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        self.fitted.append((real, dictionary, rng))

    def generate(self, base: Tensor | int, *, rng: torch.Generator) -> Tensor:
        self.rngs.append(rng)
        if isinstance(base, int):
            return self.change(torch.zeros(base, self.fitted[-1][0].d_model))
        self.bases.append(base)
        return self.change(base)


def declaration_of(session: Session) -> Testbed:
    """The testbed that a session is of, with its facts."""
    assert isinstance(session.subject.testbed, Testbed)
    return session.subject.testbed


def planned(session: Session, generator: Generator) -> dict[tuple[str, str, str], CellPlan]:
    """The cells of the trial's draws, on diagnostic paths too, and of one generator, by name."""
    rows = plan.entries([generator])
    testbed, seed = declaration_of(session), session.seed
    cells = plan.wanted(testbed, PRESETS["smoke"], seed, rows, diagnostic=True)
    return {(cell.entry.name, cell.experiment.name, cell.path): cell for cell in cells}
