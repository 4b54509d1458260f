"""Generators that turn the latents of a donor activation into those of a new one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal, Protocol, get_args

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn
from synact_bench.generators.latents import ActiveLatents, active_latents, decoded

Donor = Literal["base", "other"]


class Rewrite(Protocol):
    """Donors' latents to those of new activations: distinct, alive, values carried over."""

    def __call__(
        self, donors: Sequence[ActiveLatents], *, rng: torch.Generator
    ) -> list[ActiveLatents]:
        """The new latents of each donor; none where the donor has none."""


class OneRewrite(Protocol):
    """One donor's latents to those of one new activation."""

    def __call__(self, donor: ActiveLatents, *, rng: torch.Generator) -> ActiveLatents:
        """The new latents; none if the donor has none."""


def one_by_one(rewritten: OneRewrite) -> Rewrite:
    """The rewrite that treats each donor in turn."""

    def rewrite(donors: Sequence[ActiveLatents], *, rng: torch.Generator) -> list[ActiveLatents]:
        return [rewritten(donor, rng=rng) for donor in donors]

    return rewrite


class Recipe(Protocol):
    """A named way to rewrite latents. Recipes hold no state, so one may be shared."""

    name: str
    version: str
    summary: str

    def fit(
        self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator
    ) -> Rewrite:
        """The rewrite for this train pool and dictionary."""


class FromDonors:
    """Decodes rewritten latents of donors.

    Args:
        recipe: how latents are rewritten.
        donor: ``base`` rewrites the base's latents (conditioned track); ``other`` those of train
            activations drawn at random (unconditional track, name ending in ``-other``).
    """

    def __init__(self, recipe: Recipe, *, donor: Donor) -> None:
        self.recipe = recipe
        self.donor = donor
        self.card = GeneratorCard(
            name=recipe.name if donor == "base" else f"{recipe.name}-other",
            version=recipe.version,
            track="conditioned" if donor == "base" else "unconditional",
            reference="arXiv 2409.15019",
            summary=recipe.summary,
            parameters={"donor": donor},
        )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Prepare the rewrite and keep the pool that donors are drawn from."""
        self._real = real
        self._dictionary = dictionary
        self._rewrite = self.recipe.fit(real, dictionary, rng=rng)

    def generate(self, n_or_base: int | Tensor, *, rng: torch.Generator) -> Tensor:
        """One activation per donor, ``[n, d_model]``.

        Args:
            n_or_base: the bases ``[n, d_model]`` when they are the donors, else how many to draw.
            rng: source of donors and of the rewrite's choices.
        """
        donors = active_latents(self._dictionary, self._donors(n_or_base, rng=rng))
        return decoded(self._dictionary, self._rewrite(donors, rng=rng))

    def _donors(self, n_or_base: int | Tensor, *, rng: torch.Generator) -> Tensor:
        if isinstance(n_or_base, Tensor):
            if self.donor == "base":
                return n_or_base
        elif self.donor == "other":
            return self._real.draw(n_or_base, rng=rng)
        raise TypeError(f"donor={self.donor!r} cannot generate from {type(n_or_base).__name__}")


def from_donors(recipe: Recipe, *, order: int) -> tuple[BuiltIn, BuiltIn]:
    """Both rows of a recipe: of the base's latents, and of another activation's."""
    base, other = (
        BuiltIn(partial(FromDonors, recipe, donor=donor), order=order, composes=True)
        for donor in get_args(Donor)
    )
    return base, other
