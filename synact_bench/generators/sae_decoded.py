"""The SAE's own reconstruction of an activation."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn


class SaeDecoded:
    """The base decoded from its latents: what they leave out is the error that is asked about."""

    card = GeneratorCard(
        name="sae-decoded",
        version="1",
        track="reconstruction",
        summary="The SAE's reconstruction of the base.",
        splits=True,
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Keep the dictionary."""
        self._dictionary = dictionary

    def reconstruct(self, base: Tensor, *, rng: torch.Generator) -> Tensor:
        """One for each of ``base``, ``[n, d_model]``."""
        return self._dictionary.decode(self._dictionary.encode(base)).detach().float()


SAE_DECODED = BuiltIn(SaeDecoded, order=310)
