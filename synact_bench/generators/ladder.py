"""The dose-response ladder: real activations mixed with Gaussian samples by known shares."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import Generator, GeneratorCard
from synact_bench.generators.gaussian import Gaussian

DOSES = (0.0, 0.1, 0.25, 0.5, 1.0)
"""Shares of the way from stored real activations to the Gaussian."""


class Ladder:
    """Vector mixtures of independent pairs of a real activation R and a Gaussian sample G.

    ``m + cos(a) (R - m) + sin(a) (G - m)`` about the mean m, with the angle a the dose times a
    quarter turn: mean and covariance stay those of real activations at every dose. A straight
    mixture would shrink their spread, by ``sqrt(dose^2 + (1 - dose)^2)``, and a rung in the middle
    would differ from real in a way that neither end does.

    Args:
        dose: share of the way from real to Gaussian, 0 to 1.

    Raises:
        ValueError: the dose is not a share.
    """

    def __init__(self, dose: float) -> None:
        if not 0 <= dose <= 1:
            raise ValueError(f"a dose is a share from 0 to 1, not {dose}")
        self.dose = dose
        self.card = GeneratorCard(
            name=f"ladder-{dose:g}",
            version="1",
            track="unconditional",
            summary="A real activation turned toward a Gaussian sample, spread kept.",
            parameters={"dose": dose},
        )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Keep the train pool and fit the Gaussian to it.

        Raises:
            SynactError: the pool is too small for a covariance.
        """
        self._real, self._gaussian = real, Gaussian()
        self._gaussian.fit(real, dictionary, rng=rng)

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` mixtures, ``[n, d_model]``; exactly real at dose 0, exactly Gaussian at 1."""
        real = self._real.draw(n, rng=rng)
        gaussian = self._gaussian.generate(n, rng=rng)
        if self.dose in {0, 1}:  # free of the rounding of a sum with nothing
            return gaussian if self.dose else real
        angle = self.dose * math.pi / 2
        mean = self._real.mean
        return mean + math.cos(angle) * (real - mean) + math.sin(angle) * (gaussian - mean)


LADDER: Mapping[str, Callable[[], Generator]] = MappingProxyType(
    {f"ladder-{dose:g}": partial(Ladder, dose) for dose in DOSES}
)
"""Builders by name, lowest dose first. No rows of a board: they calibrate its scale."""
