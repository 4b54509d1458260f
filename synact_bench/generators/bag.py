"""Recipes that treat an activation as a bag of latents, without regard to their directions."""

from __future__ import annotations

import numpy as np
import torch

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.donors import Rewrite, from_donors, one_by_one
from synact_bench.generators.latents import ActiveLatents, SparsityNeighbours

SIMILAR = 10
"""How many latents of similar sparsity a replacement is drawn from."""


class RandomLatents:
    """Alive latents drawn uniformly without replacement carry the donor's values."""

    name = "synthetic-random"
    version = "1"
    summary = "Random latents with the donor's latent values."

    def fit(
        self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator
    ) -> Rewrite:
        """The rewrite over the dictionary's alive latents."""
        alive = dictionary.alive

        def rewritten(donor: ActiveLatents, *, rng: torch.Generator) -> ActiveLatents:
            order = torch.randperm(len(alive), generator=rng)
            return ActiveLatents(alive[order[: len(donor)]].numpy(), donor.values)

        return one_by_one(rewritten)


class SimilarLatents:
    """Each latent, largest first, gives its value to an unused one of similar sparsity.

    It is drawn uniformly from the 10 alive latents nearest in log10 firing frequency that the
    sample does not use yet, the latent itself left out.
    """

    name = "synthetic-baseline"
    version = "1"
    summary = "Each donor latent replaced by one of similar sparsity, same value."

    def fit(
        self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator
    ) -> Rewrite:
        """The rewrite over neighbours in sparsity."""
        neighbours = SparsityNeighbours(dictionary)

        def rewritten(donor: ActiveLatents, *, rng: torch.Generator) -> ActiveLatents:
            taken = np.zeros(dictionary.d_sae, dtype=np.bool_)
            new = np.empty_like(donor.ids)
            for place, latent in enumerate(donor.ids):
                candidates = neighbours.of(int(latent), SIMILAR, taken=taken)
                new[place] = candidates[int(torch.randint(len(candidates), (), generator=rng))]
                taken[new[place]] = True
            return ActiveLatents(new, donor.values)

        return one_by_one(rewritten)


class PermutedValues:
    """The donor's own latents with their values in random order."""

    name = "permuted-values"
    version = "1"
    summary = "The donor's latents with their values permuted."

    def fit(
        self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator
    ) -> Rewrite:
        """A rewrite that needs neither pool nor dictionary."""

        def rewritten(donor: ActiveLatents, *, rng: torch.Generator) -> ActiveLatents:
            order = torch.randperm(len(donor), generator=rng).numpy()
            return ActiveLatents(donor.ids, donor.values[order])

        return one_by_one(rewritten)


RANDOM, RANDOM_OTHER = from_donors(RandomLatents(), order=50)
SIMILAR_ONES, SIMILAR_ONES_OTHER = from_donors(SimilarLatents(), order=60)
PERMUTED, PERMUTED_OTHER = from_donors(PermutedValues(), order=70)
