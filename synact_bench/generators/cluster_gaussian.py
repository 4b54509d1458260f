"""A mixture of normal distributions, one for each kind of activation."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn
from synact_bench.generators.clusters import Kinds
from synact_bench.generators.gaussian import covariance_factor

PRIOR = 16
"""Rows that the covariance shared by all kinds weighs in that of one kind."""


class KindGaussian:
    """The kind of a train activation drawn at random, then a normal sample of that kind.

    The covariance of a kind is shrunk toward the one shared by all, brought to the spread of the
    kind: so kinds with a single activation have one too. A sample strays as far as a further
    activation of the kind would: the mean of few is uncertain, which adds to the spread.
    """

    card = GeneratorCard(
        name="kind-gaussian",
        version="1",
        track="unconditional",
        summary="Mixture of normal distributions, one per group of activations that lie close.",
        parameters={"prior": PRIOR},
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Find the kinds and the covariance that they share.

        Raises:
            SynactError: the pool has fewer than two activations.
        """
        self._kinds = Kinds.of(real.tensor, rng=rng)
        self._residuals = self._kinds.residuals
        self._factor = covariance_factor(self._kinds.covariance).float()

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` independent samples, ``[n, d_model]``."""
        kinds = self._kinds
        drawn = kinds.draw(n, rng=rng)
        shared = torch.randn(n, kinds.rows.shape[1], generator=rng) @ self._factor.T
        shared *= kinds.spread[drawn][:, None]
        size = kinds.size[drawn]
        own = torch.stack([self._own(int(kind), rng=rng) for kind in drawn]) if n else shared
        weight = ((size - 1) / (size - 1 + PRIOR))[:, None]
        noise = weight.sqrt() * own + (1 - weight).sqrt() * shared
        made: Tensor = kinds.mean[drawn] + kinds.widening(size)[:, None] * noise
        return made

    def _own(self, kind: int, *, rng: torch.Generator) -> Tensor:
        """A normal sample with the sample covariance of one kind, ``[d_model]``."""
        start, size = int(self._kinds.start[kind]), int(self._kinds.size[kind])
        weights = torch.randn(size, generator=rng) / max(size - 1, 1) ** 0.5
        found: Tensor = weights @ self._residuals[start : start + size]
        return found


KIND_GAUSSIAN = BuiltIn(KindGaussian, order=230, optional=True)
