from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.activations import RealActivations
from synact_bench.generators.permuted_decoder import PermutedDecoder
from tests.helpers.toys import latent_dictionary, rng_of, toy_dictionary, toy_real


def latents(n: int, d_sae: int, *, seed: int) -> RealActivations:
    """Distinct non-negative rows, about a third of their entries above zero."""
    values = torch.rand(n, d_sae, generator=rng_of(seed))
    return RealActivations(values * (values > 0.6), tuple(str(row) for row in range(n)))


def permuted(real: RealActivations, frequency: torch.Tensor, n: int, *, seed: int) -> torch.Tensor:
    generator = PermutedDecoder()
    generator.fit(real, latent_dictionary(frequency), rng=rng_of(seed))
    return generator.generate(n, rng=rng_of(seed + 1))


@given(st.integers(0, 1000), st.integers(2, 12))
def test_every_latent_s_column_moves_to_another_latent(seed: int, d_sae: int) -> None:
    real = latents(400, d_sae, seed=seed)
    made = permuted(real, torch.ones(d_sae), 60, seed=seed)
    donors = real.tensor[torch.randint(400, (60,), generator=rng_of(seed + 1))]
    moved = {
        (old, new)
        for old in range(d_sae)
        for new in range(d_sae)
        if torch.equal(donors[:, old], made[:, new])
    }
    # One-to-one, onto, and nobody stays: values and co-occurrence are those of the donors.
    assert {old for old, _ in moved} == {new for _, new in moved} == set(range(d_sae))
    assert len(moved) == d_sae
    assert all(old != new for old, new in moved)


def test_dead_latents_take_no_part() -> None:
    frequency = torch.tensor([0.5, 0.0, 0.5, 0.0, 0.5])
    real = latents(50, 5, seed=0)
    made = permuted(real, frequency, 40, seed=3)
    assert not made[:, [1, 3]].any()
    known = real.tensor[:, [0, 2, 4]].sum(-1)
    assert torch.isclose(made.sum(-1)[:, None], known).any(1).all()


def test_the_permutation_is_drawn_in_fit() -> None:
    real, frequency = latents(50, 9, seed=0), torch.ones(9)
    generator = PermutedDecoder()
    generator.fit(real, latent_dictionary(frequency), rng=rng_of(5))
    first, again = (generator.generate(20, rng=rng_of(1)) for _ in range(2))
    assert torch.equal(first, again)
    generator.fit(real, latent_dictionary(frequency), rng=rng_of(6))
    assert not torch.equal(generator.generate(20, rng=rng_of(1)), first)


@pytest.mark.parametrize("seed", [0, 1])
def test_decodes_with_the_dictionary(seed: int) -> None:
    real, dictionary = toy_real(), toy_dictionary(seed=seed)
    generator = PermutedDecoder()
    generator.fit(real, dictionary, rng=rng_of(2))
    made = generator.generate(30, rng=rng_of(3))
    # With unit directions the latents' values alone decide how far the parts reach.
    donors = dictionary.encode(real.draw(30, rng=rng_of(3)))
    assert ((made - dictionary.bias).norm(dim=-1) <= donors.sum(-1) + 1e-4).all()
    assert not torch.allclose(made, dictionary.decode(donors), atol=0.1)
