"""Which latents fire together: a chain of logistic regressions over the firing matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Float32s = NDArray[np.float32]

PASSES = 6
"""Over the train pool."""
BATCH = 500
"""Train activations a step."""
RATE = 1.0
LITTLE = 1.0
"""Firings beyond those expected, in a batch, that are evidence for a step of full size."""


@dataclass(frozen=True, eq=False)
class FiringChain:
    """The chance that a latent fires, given which of the more frequent ones do.

    ``logit p_i = bias_i + sum over j before i of couplings[j, i]``, where j fires. Each pair of
    latents has one number. Also known as a fully visible sigmoid belief network.

    Attributes:
        bias: ``[d]``.
        couplings: 0 on and below the diagonal, ``[d, d]``; row j acts on the columns after j.
    """

    bias: Float32s
    couplings: Float32s

    @classmethod
    def fitted(cls, fires: csr_matrix, *, rng: np.random.Generator) -> FiringChain:
        """Maximum likelihood by AdaGrad over a few passes, from independent latents.

        Args:
            fires: 0 or 1, ``[n, d]`` float32, latents in the order of the chain.
            rng: source of the order of rows.
        """
        n, d = fires.shape
        rates = (np.asarray(fires.sum(axis=0)).ravel() + 0.5) / (n + 1)
        bias = logit(rates).astype(np.float32)
        couplings = np.zeros((d, d), dtype=np.float32)
        bias_seen = np.full(d, LITTLE, dtype=np.float32)
        seen = np.full((d, d), LITTLE, dtype=np.float32)
        for _ in range(PASSES):
            order = rng.permutation(n)
            for begin in range(0, n, BATCH):
                batch = fires[order[begin : begin + BATCH]]
                wrong = -expit(batch @ couplings + bias)
                rows, columns = batch.nonzero()
                wrong[rows, columns] += 1
                slope = wrong.sum(axis=0)
                bias_seen += slope**2
                bias += RATE * slope / np.sqrt(bias_seen)
                slopes = np.triu(batch.T @ wrong, k=1)
                seen += slopes**2
                slopes /= np.sqrt(seen)
                couplings += RATE * slopes
        return cls(bias, couplings)

    def draw(self, n: int, *, rng: np.random.Generator) -> NDArray[np.bool_]:
        """``n`` independent firing patterns, ``[n, d]``: each latent in turn, exactly."""
        d = len(self.bias)
        chance = rng.random((n, d), dtype=np.float32)
        field = np.broadcast_to(self.bias, (n, d)).copy()
        fires = np.zeros((n, d), dtype=np.bool_)
        for latent in range(d):
            found = chance[:, latent] < expit(field[:, latent])
            fires[:, latent] = found
            field[found] += self.couplings[latent]
        return fires
