"""Real latents whose decoder directions are exchanged: sparsity right, geometry wrong."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn


class PermutedDecoder:
    """Each alive latent writes along the direction of another, the same one on every activation.

    Number, values and co-occurrence of latents are those of real activations, and only directions
    in use are used: what is lost is which direction goes with which.
    """

    card = GeneratorCard(
        name="permuted-decoder",
        version="1",
        track="unconditional",
        summary="Latents of a real activation, their decoder directions permuted once for all.",
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Draw the permutation: one random cycle, so that no alive latent keeps its direction."""
        self._real = real
        self._dictionary = dictionary
        self._own = dictionary.alive[torch.randperm(len(dictionary.alive), generator=rng)]
        self._exchanged = self._own.roll(1)

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """Decoded latents of ``n`` drawn train activations, ``[n, d_model]``."""
        latents = self._dictionary.encode(self._real.draw(n, rng=rng))
        exchanged = torch.zeros_like(latents)
        exchanged[:, self._exchanged] = latents[:, self._own]
        return self._dictionary.decode(exchanged).detach().float()


PERMUTED_DECODER = BuiltIn(PermutedDecoder, order=90)
