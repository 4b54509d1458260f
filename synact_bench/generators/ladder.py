"""The dose-response ladder: real activations mixed with Gaussian samples by known shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import torch
from torch import Tensor

from synact_bench.activations import RealActivations
from synact_bench.dictionary import Dictionary
from synact_bench.generators.base import Generator, GeneratorCard
from synact_bench.generators.gaussian import Gaussian

DOSES = (0.0, 0.1, 0.25, 0.5, 1.0)
"""Shares of the Gaussian sample: from stored real activations to the Gaussian."""


class Ladder:
    """Vector mixtures ``(1 - dose) * real + dose * gaussian`` of independent pairs.

    Mixing shrinks the spread about the mean, by ``sqrt(dose^2 + (1 - dose)^2)``: mixed vectors
    are nearer the mean than either kind.

    Args:
        dose: share of the Gaussian sample, 0 to 1.

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
            summary="A real activation mixed with a Gaussian sample.",
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
        return torch.lerp(real, self._gaussian.generate(n, rng=rng), self.dose)


LADDER: Mapping[str, Callable[[], Generator]] = MappingProxyType(
    {f"ladder-{dose:g}": partial(Ladder, dose) for dose in DOSES}
)
"""Builders by name, lowest dose first. No rows of a board: they calibrate its scale."""
