"""A Gaussian with the mean and covariance of real activations."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.activations import ACTIVATIONS_PER_DIMENSION, RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.errors import SynactError
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn


class Gaussian:
    """Samples of the normal distribution fitted to the train pool."""

    card = GeneratorCard(
        name="gaussian",
        version="1",
        track="unconditional",
        reference="arXiv 2409.15019",
        summary="Normal distribution with the mean and covariance of real activations.",
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Estimate mean and covariance; factor the covariance once.

        Raises:
            SynactError: the pool holds fewer than 10 activations per dimension.
        """
        needed = ACTIVATIONS_PER_DIMENSION * real.d_model
        if len(real) < needed:
            raise SynactError(
                f"{len(real)} activations are too few for a covariance of {real.d_model} "
                f"dimensions: at least {needed} are needed",
                where=f"generator {self.card.name!r}",
                fix="give the train pool more text",
            )
        self._mean = real.mean
        self._factor = covariance_factor(real.covariance)

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` independent samples, ``[n, d_model]``."""
        noise = torch.randn(n, len(self._mean), generator=rng, dtype=torch.float64)
        return torch.addmm(self._mean.double(), noise, self._factor.T).float()


def covariance_factor(covariance: Tensor) -> Tensor:
    """A matrix ``F`` with ``F F^T`` equal to ``covariance``, ``[d, d]`` float64."""
    factor: Tensor
    factor, failure = torch.linalg.cholesky_ex(covariance)
    if int(failure) == 0:
        return factor
    # Centred writing weights leave activations without a component along the ones vector, so
    # a covariance may be singular, and rounding may turn its zero eigenvalues negative.
    # Eigenvectors scaled by the roots of the clamped eigenvalues still give its factor.
    values, vectors = torch.linalg.eigh(covariance)
    return torch.mul(vectors, values.clamp(min=0).sqrt())


GAUSSIAN = BuiltIn(Gaussian, order=20)
