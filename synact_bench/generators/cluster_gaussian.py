"""A mixture of normal distributions, one for each cluster of activations."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn
from synact_bench.generators.clusters import Clusters
from synact_bench.generators.gaussian import covariance_factor

PRIOR = 16
"""Rows that the covariance shared by all clusters weighs in that of one cluster."""


class ClusterGaussian:
    """The cluster of a train activation drawn at random, then a normal sample of that cluster.

    The covariance of a cluster is shrunk toward the one shared by all, brought to the spread of the
    cluster: so clusters with a single activation have one too. A sample strays as far as a further
    activation of the cluster would: the mean of few is uncertain, which adds to the spread.
    """

    card = GeneratorCard(
        name="cluster-gaussian",
        version="1",
        track="unconditional",
        summary="Mixture of normal distributions, one per group of activations that lie close.",
        parameters={"prior": PRIOR},
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Find the clusters and the covariance that they share.

        Raises:
            SynactError: the pool has fewer than two activations.
        """
        self._clusters = Clusters.of(real.tensor, rng=rng)
        self._residuals = self._clusters.residuals
        self._factor = covariance_factor(self._clusters.covariance).float()

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` independent samples, ``[n, d_model]``."""
        clusters = self._clusters
        drawn = clusters.draw(n, rng=rng)
        shared = torch.randn(n, clusters.rows.shape[1], generator=rng) @ self._factor.T
        shared *= clusters.spread[drawn][:, None]
        size = clusters.size[drawn]
        own = torch.stack([self._own(int(cluster), rng=rng) for cluster in drawn]) if n else shared
        weight = ((size - 1) / (size - 1 + PRIOR))[:, None]
        noise = weight.sqrt() * own + (1 - weight).sqrt() * shared
        made: Tensor = clusters.mean[drawn] + clusters.widening(size)[:, None] * noise
        return made

    def _own(self, cluster: int, *, rng: torch.Generator) -> Tensor:
        """A normal sample with the sample covariance of one cluster, ``[d_model]``."""
        start, size = int(self._clusters.start[cluster]), int(self._clusters.size[cluster])
        weights = torch.randn(size, generator=rng) / max(size - 1, 1) ** 0.5
        found: Tensor = weights @ self._residuals[start : start + size]
        return found


CLUSTER_GAUSSIAN = BuiltIn(ClusterGaussian, order=230, optional=True)
