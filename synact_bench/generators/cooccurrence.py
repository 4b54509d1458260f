"""Latents drawn from a model of which fire together, with values that such latents have."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn
from synact_bench.generators.firing import BATCH, PASSES, RATE, FiringChain

ALIKE = 10
"""Train activations that a latent's value is drawn from."""
CHUNK = 1000
"""Activations encoded at a time."""


class CooccurringLatents:
    """Decoded latents of no donor: a new set, drawn latent by latent, then values for it.

    The set comes from a pairwise model of the dictionary's firing matrix. Each latent's value is
    that of one of the 10 train activations in which it fires and which share most latents with the
    set, so a value depends on what else fires.
    """

    card = GeneratorCard(
        name="cooccurring-latents",
        version="1",
        track="unconditional",
        summary="Latents drawn from pairwise logistic regressions, values from similar sets.",
        parameters={
            "passes": PASSES,
            "batch": BATCH,
            "rate": RATE,
            "alike": ALIKE,
        },
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Encode the train pool and fit the chain, the most frequent latents first."""
        self._dictionary = dictionary
        alive = dictionary.alive
        falling = dictionary.firing_frequency[alive].argsort(descending=True, stable=True)
        self._latents = alive[falling]
        encoded = (
            dictionary.encode(real.tensor[begin : begin + CHUNK]).detach().float()
            for begin in range(0, len(real), CHUNK)
        )
        from scipy.sparse import csc_matrix, csr_matrix, vstack  # noqa: PLC0415  (slow to load)

        values = vstack([csr_matrix(each[:, self._latents].numpy()) for each in encoded]).tocsr()
        self._fires = (values > 0).astype(np.float32)
        self._by_latent = csc_matrix(values)
        self._chain = FiringChain.fitted(self._fires, rng=_numpy(rng))

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` decoded samples, ``[n, d_model]``."""
        source = _numpy(rng)
        fires = self._chain.draw(n, rng=source)
        shared = self._fires @ fires.T.astype(np.float32)
        latents = torch.zeros(n, self._dictionary.d_sae)
        for row, pattern in enumerate(fires):
            ids = np.flatnonzero(pattern)
            values = [self._value(latent, shared[:, row], rng=source) for latent in ids.tolist()]
            latents[row, self._latents[ids]] = torch.tensor(values, dtype=torch.float32)
        return self._dictionary.decode(latents).detach().float()

    def _value(
        self, latent: int, shared: NDArray[np.float32], *, rng: np.random.Generator
    ) -> float:
        """A value of a latent, for a set that shares so many latents ``[rows]`` with train rows."""
        stored = self._by_latent
        own = slice(stored.indptr[latent], stored.indptr[latent + 1])
        values, rows = stored.data[own], stored.indices[own]
        if not len(values):
            return 0.0
        # Rows that share as many are taken in random order.
        order = np.lexsort((rng.random(len(rows)), -shared[rows]))[:ALIKE]
        return float(values[rng.choice(order)])


def _numpy(rng: torch.Generator) -> np.random.Generator:
    return np.random.default_rng(int(torch.randint(2**62, (), generator=rng)))


COOCCURRING_LATENTS = BuiltIn(CooccurringLatents, order=210, optional=True)
