"""Real activations handed back as if they were synthetic: the positive control."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.activations import RealActivations
from synact_bench.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard


class RealHoldout:
    """Stored train-pool activations.

    The pools are split by document, so these share no document with the reference they are
    scored against. A sound benchmark scores them about 1.
    """

    card = GeneratorCard(
        name="real-holdout",
        version="1",
        track="unconditional",
        summary="Real activations of train documents.",
        control=True,
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Keep the train pool."""
        self._real = real

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` activations ``[n, d_model]``, drawn without replacement if the pool allows."""
        if n > len(self._real):
            return self._real.draw(n, rng=rng)
        return self._real.tensor[torch.randperm(len(self._real), generator=rng)[:n]]
