"""A small trained generative model: a flow between activations of one cluster."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn
from synact_bench.generators.clusters import Clusters
from synact_bench.generators.velocity import Velocity, midpoint, one_thread

WIDTH = 512
STEPS = 1500
BATCH = 256
RATE = 2e-3
INTEGRATION = 16
"""Midpoint steps from noise to an activation."""
LONELY = 0.25
"""Share of training pairs that know a single activation of the cluster."""


class ClusterFlow:
    """What a further activation of a cluster looks like, learnt by flow matching.

    The model is shown the mean of some train activations of one cluster and learns how another one
    of that cluster differs from it: from a normal sample, a network's velocity leads to the
    difference. To generate, it is shown the mean of all that are known of a cluster. What it knows
    of clusters with many activations serves clusters of which a single one is known.

    Args:
        steps: of training.
        width: of the network's layers.
    """

    def __init__(self, *, steps: int = STEPS, width: int = WIDTH) -> None:
        self.steps = steps
        self.width = width
        self.card = GeneratorCard(
            name="cluster-flow",
            version="1",
            track="unconditional",
            reference="arXiv 2210.02747",
            summary="Flow matching: a further activation of a group of those that lie close.",
            parameters={"steps": steps, "width": width, "batch": BATCH, "rate": RATE},
        )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Find the clusters and train the network: a minute or two, in one thread.

        Raises:
            SynactError: the pool has fewer than two activations.
        """
        with one_thread(), torch.enable_grad():
            self._clusters = clusters = Clusters.of(real.tensor, rng=rng)
            self._colouring = torch.linalg.pinv(clusters.whitening)
            self._centre = real.mean
            self._scale = float((real.tensor - real.mean).square().mean().sqrt()) or 1.0
            self._velocity = Velocity(
                clusters.whitening.shape[1], real.d_model + 1, width=self.width, rng=rng
            )
            self._train(rng=rng)

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` independent samples, ``[n, d_model]``."""
        clusters = self._clusters
        drawn = clusters.draw(n, rng=rng)
        shown, count = clusters.mean[drawn], clusters.size[drawn]
        place = torch.randn(n, len(self._colouring), generator=rng)
        with torch.no_grad():
            context = self._context(shown, count)
            place = midpoint(self._velocity, place, context, steps=INTEGRATION)
        stray = clusters.widening(count) * clusters.spread[drawn]
        made: Tensor = shown + stray[:, None] * (place @ self._colouring)
        return made

    def _train(self, *, rng: torch.Generator) -> None:
        optimiser = torch.optim.Adam(self._velocity.parameters(), lr=RATE)
        falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, self.steps)
        for _ in range(self.steps):
            shown, count, end = self._pairs(rng=rng)
            start = torch.randn(end.shape, generator=rng)
            time = torch.rand(len(end), 1, generator=rng)
            found = self._velocity(start.lerp(end, time), time, self._context(shown, count))
            loss = nn.functional.mse_loss(found, end - start)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            falling.step()

    def _pairs(self, *, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """What is shown of a cluster, how many rows that is the mean of, and another of it.

        The last as a difference, whitened and in units of the cluster's spread.
        """
        clusters = self._clusters
        paired = torch.nonzero(clusters.size[clusters.cluster] > 1).flatten()
        ids = paired[torch.randint(len(paired), (BATCH,), generator=rng)]
        cluster = clusters.cluster[ids]
        start, size = clusters.start[cluster], clusters.size[cluster]
        step = 1 + (torch.rand(BATCH, generator=rng) * (size - 1)).long()
        other = clusters.rows[start + (ids - start + step) % size]
        rows = clusters.rows[ids]
        others = (clusters.mean[cluster] * size[:, None] - rows) / (size - 1)[:, None]
        alone = torch.rand(BATCH, generator=rng) < LONELY
        shown = torch.where(alone[:, None], other, others)
        count = torch.where(alone, 1, size - 1)
        stray = clusters.widening(count) * clusters.spread[cluster]
        return shown, count, (rows - shown) @ clusters.whitening / stray[:, None]

    def _context(self, shown: Tensor, count: Tensor) -> Tensor:
        """What the network is told, ``[n, d_model + 1]``."""
        # One number that matters as much as all of the activation together.
        known = shown.shape[1] ** 0.5 / count[:, None].float()
        return torch.cat([(shown - self._centre) / self._scale, known], dim=1)


CLUSTER_FLOW = BuiltIn(ClusterFlow, order=240, optional=True)
