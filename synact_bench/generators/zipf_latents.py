"""Latents that fire by a Zipf law, a hierarchy and a Gaussian copula, with values of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.errors import SynactError
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn
from synact_bench.generators.latents import LatentIds
from synact_bench.generators.synthetic_firing import (
    CONTAINED,
    DEPTH,
    DRAWS,
    LEAST,
    RANK,
    Floats,
    SyntheticFiring,
)
from synact_bench.generators.velocity import one_thread

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix, csr_matrix

CHUNK = 1000
"""Activations encoded or made at a time."""
LARGEST_RATE = 0.99
"""Where the Zipf law, which has no bound, is cut off."""
STEEPEST = 4.0
"""Largest exponent of a Zipf law that is tried."""
PRIOR = 4
"""Firings that the average relative spread of values weighs in a latent's own."""


class ZipfLatents:
    """Decoded latents of a synthetic model of a dictionary, fitted to how the train pool fires.

    The sampler of SynthSAEBench (arXiv 2602.14687) with nothing left to choose: there, firing
    rates, hierarchy, correlations and values are random; here each has the form that it has there
    and the train pool's parameters. Latents fire by a Zipf law; one that has a parent fires only
    where its parent does; a Gaussian copula of low rank correlates them; each latent's values are
    positive with the mean and spread that it has in the pool, whatever else fires.
    """

    card = GeneratorCard(
        name="zipf-latents",
        version="1",
        track="unconditional",
        reference="arXiv 2602.14687",
        summary="Latents fired by Zipf rates, a hierarchy and a low-rank copula.",
        parameters={
            "rank": RANK,
            "contained": CONTAINED,
            "depth": DEPTH,
            "draws": DRAWS,
            "prior": PRIOR,
        },
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Encode the train pool and fit the law, the hierarchy, the copula and the values.

        Raises:
            SynactError: no alive latent fires in the pool.
        """
        self._dictionary = dictionary
        values = _encoded(real.tensor, dictionary)
        counts = np.diff(values.tocsc().indptr)
        order = np.argsort(-counts[dictionary.alive.numpy()], kind="stable")
        latents = dictionary.alive.numpy()[order]
        self._latents = latents[counts[latents] > 0]
        if not len(self._latents):
            raise SynactError(
                "no latent fires",
                where=f"generator {self.card.name!r}, the train pool",
                fix="take an SAE that was trained on such activations",
            )
        values = values[:, self._latents].tocsc()
        self.law = ZipfLaw.fitted(counts[self._latents] / len(real), n=len(real))
        self._values = GammaValues.fitted(values)
        fires = (values > 0).astype(np.float32).tocsr()
        with one_thread():
            self.firing = SyntheticFiring.fitted(fires, self.law.rate, rng=rng)

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` decoded samples, ``[n, d_model]``."""
        made = [self._made(min(CHUNK, n - begin), rng=rng) for begin in range(0, max(n, 1), CHUNK)]
        return torch.cat(made)

    def _made(self, n: int, *, rng: torch.Generator) -> Tensor:
        rows, latents = torch.nonzero(self.firing.draw(n, rng=rng)).numpy().T
        values = self._values.draw(latents, rng=rng)
        dense = torch.zeros(n, self._dictionary.d_sae)
        dense[rows, self._latents[latents]] = torch.from_numpy(values)
        return self._dictionary.decode(dense).detach().float()


@dataclass(frozen=True)
class ZipfLaw:
    """How often latents fire: the k-th most frequent with a chance of ``scale / k ** exponent``.

    No chance is above ``LARGEST_RATE``.

    Attributes:
        exponent: how fast rates fall, not negative.
        scale: the most frequent latent's rate, if that is no more than the largest.
        latents: how many there are.
    """

    exponent: float
    scale: float
    latents: int

    @classmethod
    def fitted(cls, frequency: Floats, *, n: int) -> ZipfLaw:
        """The most likely law that lets as many latents fire at once, on average.

        Args:
            frequency: measured share of rows on which latents fire, falling, ``[d]``.
            n: rows in which they were measured.
        """
        from scipy.optimize import minimize_scalar  # noqa: PLC0415  (slow to load, and for this alone)

        def surprise(exponent: float) -> float:
            rate = cls._through(frequency.sum(), exponent, len(frequency)).rate
            silent = (1 - frequency) * np.log1p(-rate)
            return -n * float((frequency * np.log(rate) + silent).sum())

        found = minimize_scalar(surprise, bounds=(0.0, STEEPEST), method="bounded")
        return cls._through(frequency.sum(), float(found.x), len(frequency))

    @classmethod
    def _through(cls, total: float, exponent: float, latents: int) -> ZipfLaw:
        """The law of an exponent whose rates have a sum of ``total``, or of all that they can."""
        powers = np.arange(1, latents + 1) ** -exponent
        # If the first k are cut off, the scale is what the others need for the rest.
        cut = np.arange(latents)
        scales = (total - LARGEST_RATE * cut) / powers[::-1].cumsum()[::-1]
        fits = scales * powers <= LARGEST_RATE
        scale = scales[fits.argmax()] if fits.any() else LARGEST_RATE / powers[-1]
        return cls(exponent, float(scale), latents)

    @property
    def rate(self) -> Floats:
        """The chance that each latent fires, the most frequent first, ``[latents]``."""
        ranks = np.arange(1, self.latents + 1)
        rate: Floats = np.minimum(self.scale * ranks**-self.exponent, LARGEST_RATE)
        return rate


@dataclass(frozen=True, eq=False)
class GammaValues:
    """Values that latents have where they fire: positive, of a gamma distribution for each.

    Attributes:
        mean: ``[d]``, in units of latent values.
        relative: variance in units of the squared mean, ``[d]``.
    """

    mean: Floats
    relative: Floats

    @classmethod
    def fitted(cls, values: csc_matrix) -> GammaValues:
        """With the mean and spread of each latent's values.

        Relative spreads are shrunk toward their average: a latent that fires once has one too.

        Args:
            values: positive where a latent fires, ``[n, d]``; each latent fires.
        """
        values = values.astype(np.float64)
        count = np.diff(values.indptr)
        mean = np.asarray(values.sum(axis=0)).ravel() / count
        square = np.asarray(values.multiply(values).sum(axis=0)).ravel() / count
        strays = np.maximum(square / mean**2 - 1, 0) * count
        average = strays.sum() / max((count - 1).sum(), 1)
        relative = (strays + PRIOR * average) / (count - 1 + PRIOR)
        return cls(mean, np.maximum(relative, LEAST))

    def draw(self, latents: LatentIds, *, rng: torch.Generator) -> NDArray[np.float32]:
        """A value for each of ``latents [m]``, ``[m]``, independent of one another."""
        source = np.random.default_rng(int(torch.randint(2**62, (), generator=rng)))
        relative = self.relative[latents]
        drawn = self.mean[latents] * relative * source.standard_gamma(1 / relative)
        found: NDArray[np.float32] = np.maximum(drawn, LEAST).astype(np.float32)
        return found


def _encoded(activations: Tensor, dictionary: Dictionary) -> csr_matrix:
    """Latent values of ``activations``, ``[n, d_sae]`` float32, a chunk dense at a time."""
    chunks = (
        dictionary.encode(activations[begin : begin + CHUNK]).detach().float()
        for begin in range(0, len(activations), CHUNK)
    )
    from scipy.sparse import csr_matrix, vstack  # noqa: PLC0415  (slow to load)

    found = vstack([csr_matrix(each.clamp(min=0).numpy()) for each in chunks]).tocsr()
    found.eliminate_zeros()
    return found


ZIPF_LATENTS = BuiltIn(ZipfLatents, order=280, optional=True)
