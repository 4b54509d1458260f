"""Controls: activations with one property of real ones and none of the others."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn


class Mean:
    """The mean activation, ``n`` times."""

    card = GeneratorCard(
        name="mean",
        version="1",
        track="unconditional",
        summary="The mean of real activations.",
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Average the train pool."""
        self._mean = real.mean

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """The mean in every row, ``[n, d_model]``."""
        return self._mean.repeat(n, 1)


class ShuffledCoordinates:
    """Each coordinate drawn from its own marginal: marginals right, joint wrong."""

    card = GeneratorCard(
        name="shuffled-coordinates",
        version="1",
        track="unconditional",
        summary="Each coordinate taken from an independently drawn real activation.",
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Keep the train pool."""
        self._real = real

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``[n, d_model]``; coordinate j of row i is coordinate j of a row drawn for it alone."""
        shape = (n, self._real.d_model)
        rows = torch.randint(len(self._real), shape, generator=rng)
        return self._real.tensor.gather(0, rows)


class Isotropic:
    """A random direction from the base, as far away as a real activation is."""

    card = GeneratorCard(
        name="isotropic",
        version="1",
        track="conditioned",
        summary="The base moved in a random direction, by its distance to a real activation.",
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Keep the train pool."""
        self._real = real

    def generate(self, base: Tensor, *, rng: torch.Generator) -> Tensor:
        """One activation per row of ``base``, ``[n, d_model]``."""
        start = base.double()
        distance = torch.linalg.vector_norm(
            self._real.draw(len(base), rng=rng).double() - start, dim=-1, keepdim=True
        )
        noise = torch.randn(base.shape, generator=rng, dtype=torch.float64)
        direction = torch.nn.functional.normalize(noise, dim=-1)
        return torch.addcmul(start, distance, direction).float()


SHUFFLED_COORDINATES = BuiltIn(ShuffledCoordinates, order=80)
MEAN = BuiltIn(Mean, order=100)
ISOTROPIC = BuiltIn(Isotropic, order=110)
