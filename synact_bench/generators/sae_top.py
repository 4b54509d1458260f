"""An activation decoded from the few of its latents that have the largest values."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn

K = 8
"""Fewer than are active on average on any published testbed."""


class SaeTop:
    """The same dictionary, used more sparsely than it was trained for.

    Args:
        k: latents that are kept of each activation; all where fewer are active.
    """

    def __init__(self, k: int = K) -> None:
        self.card = GeneratorCard(
            name=f"sae-top-{k}",
            version="1",
            track="reconstruction",
            summary=f"The base decoded from its {k} largest latents.",
            parameters={"k": k},
            splits=True,
        )
        self.k = k

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Keep the dictionary."""
        self._dictionary = dictionary

    def reconstruct(self, base: Tensor, *, rng: torch.Generator) -> Tensor:
        """One for each of ``base``, ``[n, d_model]``."""
        latents = self._dictionary.encode(base).detach()
        top = latents.topk(min(self.k, latents.shape[-1]), dim=-1)
        kept = torch.zeros_like(latents).scatter_(-1, top.indices, top.values)
        return self._dictionary.decode(kept).detach().float()


SAE_TOP = BuiltIn(SaeTop, order=320)
