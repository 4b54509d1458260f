"""Recipes that keep the geometry of a donor's latents around its top latent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.errors import SynactError
from synact_bench.generators.donors import Rewrite, from_donors
from synact_bench.generators.latents import (
    ActiveLatents,
    LatentIds,
    LatentRanking,
    SparsityNeighbours,
)

CANDIDATES = 100
"""How many latents of similar sparsity a new top latent is chosen from."""

CHUNK = 128
"""How many rows of cosines to all alive latents are held at once."""

PAIRS = 4096
"""How many pairs of real activations the mean cosine is estimated from."""


class Structured:
    """The new top latent is as far in angle from the old one as real activations are apart.

    Among the 100 alive latents nearest the donor's top latent in sparsity, the one whose decoder
    cosine to it is nearest the mean cosine of two real activations about the decoder bias.
    """

    name = "synthetic-structured"
    version = "1"
    summary = "Donor latents replaced so that sparsity and cosines to the top latent are kept."

    def fit(
        self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator
    ) -> Rewrite:
        """The rewrite; estimates the mean real cosine from random train pairs."""
        goal = mean_pair_cosine(real, about=dictionary.bias, rng=rng)
        decoder = DecoderCosines(dictionary)

        def choose(top: int, candidates: LatentIds, *, rng: torch.Generator) -> int:
            gaps = np.abs(decoder.between(top, candidates) - goal)
            return int(candidates[np.argmin(gaps)])

        return structured_rewrite(dictionary, decoder, choose)


class StructuredNoCosine:
    """The new top latent is drawn uniformly from the same 100 candidates."""

    name = "structured-no-cosine"
    version = "1"
    summary = "As synthetic-structured, but the top latent is chosen by sparsity alone."

    def fit(
        self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator
    ) -> Rewrite:
        """The rewrite over the dictionary's alive latents."""

        def choose(top: int, candidates: LatentIds, *, rng: torch.Generator) -> int:
            return int(candidates[int(torch.randint(len(candidates), (), generator=rng))])

        return structured_rewrite(dictionary, DecoderCosines(dictionary), choose)


class DecoderCosines:
    """Cosines between the decoder directions of latents."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._alive = dictionary.alive
        self._directions = dictionary.directions.detach().float()
        self._alive_directions = self._directions[self._alive]

    def between(self, latent: int, others: LatentIds) -> NDArray[np.float32]:
        """Cosine of ``latent`` to each of ``others``, ``[len(others)]``."""
        directions = self._directions.numpy()
        # Too little work to share out: a threaded product is slower here.
        cosines: NDArray[np.float32] = np.einsum("nd,d->n", directions[others], directions[latent])
        return cosines

    def rankings(self, latents: Sequence[int]) -> Iterator[LatentRanking]:
        """For each of ``latents``, all alive latents in ascending order of their cosine to it."""
        alive = self._alive.numpy()
        for chunk in torch.split(torch.tensor(latents, dtype=torch.long), CHUNK):
            cosines = self._directions[chunk] @ self._alive_directions.T
            yield from (LatentRanking(alive, row) for row in cosines.numpy())


class Choice(Protocol):
    """The new top latent, from candidates for the old one."""

    def __call__(self, top: int, candidates: LatentIds, *, rng: torch.Generator) -> int:
        """One id of ``candidates``."""


def structured_rewrite(dictionary: Dictionary, decoder: DecoderCosines, choose: Choice) -> Rewrite:
    """A rewrite that replaces the top latent by ``choose`` and the rest by their cosine to it.

    A latent with cosine c to the old top becomes the unused alive latent whose cosine to the
    new top is nearest c, largest values first.
    """
    neighbours = SparsityNeighbours(dictionary)

    def around(top: int, donor: LatentIds, ranking: LatentRanking) -> LatentIds:
        ids = np.empty_like(donor)
        ids[0] = top
        taken = np.zeros(dictionary.d_sae, dtype=np.bool_)
        taken[top] = True
        for place, cosine in enumerate(decoder.between(int(donor[0]), donor[1:]), start=1):
            ids[place] = ranking.nearest(float(cosine), 1, taken=taken)[0]
            taken[ids[place]] = True
        return ids

    def rewrite(donors: Sequence[ActiveLatents], *, rng: torch.Generator) -> list[ActiveLatents]:
        made = list(donors)  # a donor without latents stays as it is
        places = [place for place, donor in enumerate(donors) if len(donor)]
        old = [int(donors[place].ids[0]) for place in places]
        new = [choose(top, neighbours.of(top, CANDIDATES), rng=rng) for top in old]
        for place, top, ranking in zip(places, new, decoder.rankings(new), strict=True):
            donor = donors[place]
            made[place] = ActiveLatents(around(top, donor.ids, ranking), donor.values)
        return made

    return rewrite


def mean_pair_cosine(real: RealActivations, *, about: Tensor, rng: torch.Generator) -> float:
    """Mean cosine of ``x - about`` and ``y - about`` over random pairs of distinct activations.

    In [-1, 1]. ``about`` is ``[d_model]``.

    Raises:
        SynactError: the pool holds fewer than two activations.
    """
    if len(real) < 2:
        raise SynactError(
            f"a pool of {len(real)} activations has no pairs",
            where="structured generators",
            fix="give the train pool more text",
        )
    first = torch.randint(len(real), (PAIRS,), generator=rng)
    step = torch.randint(1, len(real), (PAIRS,), generator=rng)
    x, y = (
        real.tensor[rows].double() - about.double() for rows in (first, (first + step) % len(real))
    )
    return float(torch.cosine_similarity(x, y, dim=-1).mean())


STRUCTURED, STRUCTURED_OTHER = from_donors(Structured(), order=30)
NO_COSINE, NO_COSINE_OTHER = from_donors(StructuredNoCosine(), order=40)
