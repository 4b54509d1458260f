"""The protocol a generator plugin meets, and the card it carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Protocol, runtime_checkable

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from synact_bench.core.tracks import METHODS, Track
from synact_bench.generators.settings import plain

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from synact_bench.core.activations import RealActivations
    from synact_bench.core.dictionary import Dictionary
    from synact_bench.core.setting import Setting

__all__ = [
    "ConditionedGenerator",
    "Generator",
    "GeneratorCard",
    "ReconstructionGenerator",
    "ToldGenerator",
    "Track",
    "UnconditionalGenerator",
]


class GeneratorCard(BaseModel):
    """Who a generator is: printed on the board and part of every record's identity."""

    # What is not a number cannot be stored in a record.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")
    """Lower-case name, unique on a board."""
    version: str = Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,31}$")
    """Bumped whenever the generator's output changes."""
    track: Track
    """``unconditional``: sees only the train pool; ``conditioned``: is also shown a real activation
    for each it makes; ``reconstruction``: is shown the base itself and approximates it."""
    authors: tuple[str, ...] = ()
    reference: str = Field(default="", max_length=200)
    """Paper, arXiv id or link that describes the method."""
    summary: str = Field(default="", max_length=200)
    """One sentence: how an activation is made."""
    parameters: Annotated[Mapping[str, str | int | float | bool], BeforeValidator(plain)] = Field(
        default_factory=dict
    )
    """Settings that change the output; those in types of numpy and torch are taken as ``plain``."""
    splits: bool = False
    """A promise: parts that are asked for one after another, with one rng that goes on, are the
    rows of the whole, up to rounding. They are then asked for in parts, which bounds memory."""

    @property
    def method(self) -> str:
        """What the fitted generator is asked with: ``generate`` or ``reconstruct``."""
        return METHODS[self.track]

    @property
    def is_shown(self) -> bool:
        """Whether it is shown a real activation for each that it makes."""
        return self.track != "unconditional"


@runtime_checkable
class Generator(Protocol):
    """What every plugin has: a card and ``fit``."""

    card: GeneratorCard

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Learn from the train pool; called once before ``generate``.

        One with a further argument ``setting`` is told the testbed's: see ``ToldGenerator``.
        """


class ToldGenerator(Protocol):
    """A generator that wants to know what it is fitted for, or is pretrained for one setting."""

    card: GeneratorCard

    def fit(
        self,
        real: RealActivations,
        dictionary: Dictionary,
        setting: Setting,
        *,
        rng: torch.Generator,
    ) -> None:
        """Learn from the train pool, or refuse it; called once before ``generate``."""


class UnconditionalGenerator(Generator, Protocol):
    """Makes activations from nothing but what it was fitted on."""

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """Return ``n`` activations, ``[n, d_model]`` float32."""


class ConditionedGenerator(Generator, Protocol):
    """Makes one activation for each base activation it is shown."""

    def generate(self, base: Tensor, *, rng: torch.Generator) -> Tensor:
        """Return ``[n, d_model]`` float32 for a ``base`` of ``[n, d_model]``."""


class ReconstructionGenerator(Generator, Protocol):
    """Approximates each base activation that it is shown."""

    def reconstruct(self, base: Tensor, *, rng: torch.Generator) -> Tensor:
        """Return ``[n, d_model]`` float32 for a ``base`` of ``[n, d_model]``."""
