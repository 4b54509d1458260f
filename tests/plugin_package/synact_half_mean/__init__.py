"""The mean activation, halved."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard
from synact_half_mean.scale import half


class HalfMean:
    """Half the mean of the train pool in every row."""

    card = GeneratorCard(name="half-mean", version="1", track="unconditional")

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Average the train pool."""
        self._mean = half(real.mean)

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` equal rows, ``[n, d_model]``."""
        return self._mean.repeat(n, 1)
