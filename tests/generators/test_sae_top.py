from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.generators.sae_top import SaeTop
from tests.helpers.toys import latent_dictionary, rng_of, toy_dictionary, toy_real


@given(st.integers(0, 2**31), st.integers(1, 12))
def test_the_largest_latents_are_kept_as_they_are_and_no_others(seed: int, k: int) -> None:
    base = torch.randn(6, 10, generator=rng_of(seed))
    generator = SaeTop(k)
    generator.fit(toy_real(), latent_dictionary(torch.ones(10)), rng=rng_of(0))
    made, latents = generator.reconstruct(base, rng=rng_of(1)), torch.relu(base)
    kept = made > 0
    assert torch.equal(made[kept], latents[kept])
    for own, left in zip(kept, latents, strict=True):
        assert int(own.sum()) == min(k, int((left > 0).sum()))
        if own.any() and not own.all():
            assert left[own].min() >= left[~own].max()


def test_with_as_many_as_there_are_it_is_the_whole_reconstruction() -> None:
    dictionary, base = toy_dictionary(), toy_real(seed=4).tensor[:20]
    generator = SaeTop(64)
    generator.fit(toy_real(), dictionary, rng=rng_of(0))
    made = generator.reconstruct(base, rng=rng_of(1))
    torch.testing.assert_close(made, dictionary.decode(dictionary.encode(base)))


@pytest.mark.parametrize("k", [1, 8])
def test_how_many_is_part_of_its_name_and_of_its_identity(k: int) -> None:
    card = SaeTop(k).card
    assert card.name == f"sae-top-{k}"
    assert dict(card.parameters) == {"k": k}
