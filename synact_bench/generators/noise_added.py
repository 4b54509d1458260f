"""An activation with noise that is as long as the SAE's error."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn


class NoiseAdded:
    """Each base moved in a random direction, as far as its reconstruction by the SAE is.

    The isotropic control of ``sae-decoded`` as a row of its own: its excess over isotropic
    directions is 0 except by chance.
    """

    card = GeneratorCard(
        name="noise-added",
        version="1",
        track="reconstruction",
        summary="The base with isotropic noise, as long as the SAE's error of that base.",
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Keep the dictionary."""
        self._dictionary = dictionary

    def reconstruct(self, base: Tensor, *, rng: torch.Generator) -> Tensor:
        """One for each of ``base``, ``[n, d_model]``."""
        decoded = self._dictionary.decode(self._dictionary.encode(base)).detach().float()
        length = (decoded - base).norm(dim=-1, keepdim=True)
        noise = torch.randn(base.shape, generator=rng)
        return torch.addcmul(base, length, torch.nn.functional.normalize(noise, dim=-1))


NOISE_ADDED = BuiltIn(NoiseAdded, order=360)
