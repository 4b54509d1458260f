from __future__ import annotations

import torch

from synact_bench.core.activations import RealActivations
from synact_bench.generators.cooccurrence import CooccurringLatents
from tests.helpers.toys import latent_dictionary, rng_of, toy_dictionary, toy_real

D = 12


def pool(*, n: int = 2000) -> RealActivations:
    """Latents in two groups that never fire together; 0 has small values with 1, large with 7.

    Latent 0 fires always, 1 to 5 in the first half of the rows, 7 to 11 in the other; 6 never.
    """
    rng = rng_of(0)
    rows = torch.rand(n, D, generator=rng) + 1
    first = torch.arange(n) < n // 2
    rows[first, 6:] = 0
    rows[~first, 1:7] = 0
    rows[~first, 0] += 10
    order = torch.randperm(n, generator=rng)
    return RealActivations(rows[order], tuple(f"doc-{row}" for row in range(n)))


def samples(real: RealActivations, n: int) -> torch.Tensor:
    generator = CooccurringLatents()
    dictionary = latent_dictionary((real.tensor > 0).float().mean(0))
    generator.fit(real, dictionary, rng=rng_of(1))
    return generator.generate(n, rng=rng_of(2))


def test_latents_fire_as_often_and_with_the_same_others_as_in_the_pool():
    real = pool()
    made = samples(real, 1000)
    fires, stored = made > 0, real.tensor > 0
    assert (fires.float().mean(0) - stored.float().mean(0)).abs().max() < 0.08
    assert not fires[:, 6].any()
    both = fires[:, 1:6].any(dim=1) & fires[:, 7:].any(dim=1)
    assert both.float().mean() < 0.1


def test_values_are_those_the_latent_has_with_such_others():
    made = samples(pool(), 500)
    first, second = (made[:, 1:6] > 0).all(dim=1), (made[:, 7:] > 0).all(dim=1)
    only_first, only_second = first & ~second, second & ~first
    assert min(only_first.sum(), only_second.sum()) > 50
    assert made[only_first, 0].max() <= 2
    assert made[only_second, 0].min() >= 11


def test_values_are_stored_ones_newly_combined():
    real = pool()
    made = samples(real, 200)
    for latent in (0, 3, 9):
        values = made[:, latent]
        assert torch.isin(values[values > 0], real.tensor[:, latent]).all()
    assert not (torch.cdist(made, real.tensor).min(dim=1).values < 1e-6).any()


def test_dead_latents_never_fire_and_nothing_is_changed():
    real, dictionary = toy_real(), toy_dictionary(dead=(3, 4))
    generator = CooccurringLatents()
    before = real.tensor.clone()
    generator.fit(real, dictionary, rng=rng_of(0))
    assert torch.equal(real.tensor, before)
    assert not torch.isin(generator._latents, torch.tensor([3, 4])).any()
    assert generator.generate(0, rng=rng_of(0)).shape == (0, 8)
