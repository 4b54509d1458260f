from __future__ import annotations

import torch

from synact_bench.generators.bag import PermutedValues, RandomLatents, SimilarLatents
from synact_bench.generators.donors import FromDonors
from tests.helpers.toys import latent_dictionary, rng_of, toy_real

D_SAE = 60
FREQUENCY = 10 ** (-torch.arange(D_SAE) / 20)


def rewritten(recipe, base: torch.Tensor) -> torch.Tensor:
    generator = FromDonors(recipe, donor="base")
    generator.fit(toy_real(d_model=D_SAE), latent_dictionary(FREQUENCY), rng=rng_of(0))
    return generator.generate(base, rng=rng_of(1))


def test_random_latents_are_spread_evenly_over_the_alive_ones():
    base = torch.zeros(6000, D_SAE)
    base[:, :2] = torch.tensor([2.0, 1.0])
    made = rewritten(RandomLatents(), base)
    assert (made == 2).sum(0).min() > 50
    assert (made == 1).sum(0).max() < 160


def test_similar_latents_are_the_ten_nearest_in_sparsity():
    base = torch.zeros(500, D_SAE)
    base[:, 30] = 1.0
    used = rewritten(SimilarLatents(), base).nonzero()[:, 1].unique().tolist()
    assert used == [25, 26, 27, 28, 29, 31, 32, 33, 34, 35]


def test_similar_latents_take_the_next_nearest_when_neighbours_are_used_up():
    base = torch.zeros(20, D_SAE)
    base[:, 20:45] = torch.arange(25) + 1.0
    made = rewritten(SimilarLatents(), base)
    assert (made > 0).sum(-1).tolist() == [25] * 20
    for row in made:
        moved = [abs(20 + value - 1 - int((row == value).nonzero())) for value in range(1, 26)]
        assert max(moved) <= 5 + 25


def test_permuted_values_keep_the_latents_and_move_the_values():
    base = torch.zeros(50, D_SAE)
    base[:, 5:11] = torch.arange(6) + 1.0
    made = rewritten(PermutedValues(), base)
    assert torch.equal(made > 0, base > 0)
    assert len(made.unique(dim=0)) > 20
    assert len(made[:, 5].unique()) == 6
