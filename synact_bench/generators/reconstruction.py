"""Real activations passed through the dictionary."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn


class SaeReconstruction:
    """Decoded latents of a real activation: what the dictionary itself loses."""

    card = GeneratorCard(
        name="sae-reconstruction",
        version="1",
        track="unconditional",
        reference="arXiv 2409.15019",
        summary="The SAE's reconstruction of a real activation.",
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Keep the train pool and the dictionary."""
        self._real = real
        self._dictionary = dictionary

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """Reconstructions of ``n`` drawn train activations, ``[n, d_model]``."""
        latents = self._dictionary.encode(self._real.draw(n, rng=rng))
        return self._dictionary.decode(latents).detach().float()


SAE_RECONSTRUCTION = BuiltIn(SaeReconstruction, order=10)
