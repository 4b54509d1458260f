"""An activation decoded from its coordinates along the first principal components."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn

K = 64
ROWS = 1024
"""Activations that are decoded at once: each has as many latents as the SAE."""


class PcaDecoded:
    """The best linear reconstruction from a few numbers.

    Args:
        k: components; None for the fewest that explain as much of the train pool's variance as the
            SAE does, so that the two err by about as much.
    """

    def __init__(self, k: int | None = None) -> None:
        which = "as many as explain what the SAE does" if k is None else f"the first {k}"
        self.card = GeneratorCard(
            name="pca-as-sae" if k is None else f"pca-{k}",
            version="1",
            track="reconstruction",
            summary=f"The base projected on principal components: {which}.",
            parameters={} if k is None else {"k": k},
            splits=True,
        )
        self.k = k

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Find the components, by falling variance."""
        variances, vectors = torch.linalg.eigh(real.covariance)
        variances, vectors = variances.flip(0).clamp(min=0), vectors.flip(1)
        k = self.k
        if k is None:
            share = variances.cumsum(0) / variances.sum()
            k = int((share < _explained(dictionary, real)).sum()) + 1
        self._mean = real.mean
        self._components = vectors[:, :k].float()

    def reconstruct(self, base: Tensor, *, rng: torch.Generator) -> Tensor:
        """One for each of ``base``, ``[n, d_model]``."""
        coordinates = (base - self._mean) @ self._components
        return torch.addmm(self._mean, coordinates, self._components.T)


def _explained(dictionary: Dictionary, real: RealActivations) -> float:
    """Share of the pool's variance that the dictionary's reconstruction explains."""
    left = 0.0
    for part in torch.split(real.tensor, ROWS):
        error = dictionary.decode(dictionary.encode(part)).detach() - part
        left += float(error.double().square().sum())
    return 1 - left / float((real.tensor.double() - real.mean.double()).square().sum())


PCA_AS_SAE = BuiltIn(PcaDecoded, order=330)
PCA_64 = BuiltIn(partial(PcaDecoded, K), order=340)
