from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from synact_bench.core.activations import RealActivations
from synact_bench.generators.bag import PermutedValues, RandomLatents, SimilarLatents
from synact_bench.generators.donors import FromDonors, Recipe, one_by_one
from synact_bench.generators.latents import ActiveLatents
from synact_bench.generators.structured import Structured, StructuredNoCosine
from tests.helpers.toys import latent_dictionary, rng_of

RECIPES = [RandomLatents(), SimilarLatents(), PermutedValues(), Structured(), StructuredNoCosine()]


class Unchanged:
    name, version, summary = "unchanged", "3", "The donor itself."

    def fit(self, real, dictionary, *, rng):
        return lambda donors, *, rng: donors


class Scaled:
    name, version, summary = "scaled", "1", "Values times a random number."

    def fit(self, real, dictionary, *, rng):
        def rewritten(donor, *, rng):
            return ActiveLatents(donor.ids, donor.values * float(torch.rand((), generator=rng)))

        return one_by_one(rewritten)


def test_donors_are_rewritten_one_by_one_from_one_rng():
    generator = FromDonors(Scaled(), donor="base")
    generator.fit(pool(4), latent_dictionary(torch.full((4,), 0.1)), rng=rng_of(0))
    base = torch.rand(5, 4, generator=rng_of(1))
    factors = torch.rand(5, 1, generator=rng_of(2))
    assert torch.allclose(generator.generate(base, rng=rng_of(2)), base * factors)


def pool(d_sae: int, n: int = 20) -> RealActivations:
    return RealActivations(
        torch.rand(n, d_sae, generator=rng_of(3)), tuple(str(row) for row in range(n))
    )


def test_base_donor_is_conditioned_and_reads_the_base():
    generator = FromDonors(Unchanged(), donor="base")
    generator.fit(pool(4), latent_dictionary(torch.full((4,), 0.1)), rng=rng_of(0))
    base = torch.rand(3, 4, generator=rng_of(1))
    assert torch.equal(generator.generate(base, rng=rng_of(2)), base)
    assert (generator.card.name, generator.card.track) == ("unchanged", "conditioned")
    assert generator.card.parameters == {"donor": "base"}
    assert generator.card.version == "3"


def test_other_donor_is_unconditional_and_reads_the_train_pool():
    generator, real = FromDonors(Unchanged(), donor="other"), pool(4)
    generator.fit(real, latent_dictionary(torch.full((4,), 0.1)), rng=rng_of(0))
    drawn = generator.generate(30, rng=rng_of(2))
    rows = (drawn[:, None] == real.tensor).all(-1)
    assert rows.any(1).all()
    assert len(torch.unique(rows.int().argmax(1))) > 5
    assert (generator.card.name, generator.card.track) == ("unchanged-other", "unconditional")
    assert generator.card.parameters == {"donor": "other"}


@pytest.mark.parametrize(("donor", "given_"), [("base", 2), ("other", torch.ones(2, 4))])
def test_the_wrong_track_is_refused(donor, given_):
    generator = FromDonors(Unchanged(), donor=donor)
    generator.fit(pool(4), latent_dictionary(torch.full((4,), 0.1)), rng=rng_of(0))
    with pytest.raises(TypeError, match=f"donor='{donor}' cannot generate from"):
        generator.generate(given_, rng=rng_of(0))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
@settings(deadline=None, max_examples=40)
@given(
    alive=st.lists(st.booleans(), min_size=3, max_size=24),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_latents_are_distinct_alive_and_carry_the_donors_values(
    recipe: Recipe, alive: list[bool], share: float, seed: int
):
    rng = rng_of(seed)
    d_sae = len(alive)
    frequency = torch.rand(d_sae, generator=rng).clamp(min=1e-3) * torch.tensor(alive)
    directions = torch.nn.functional.normalize(torch.randn(d_sae, d_sae, generator=rng), dim=-1)
    dictionary = latent_dictionary(frequency, directions=directions)
    base = torch.rand(4, d_sae, generator=rng) + 1.0
    base *= torch.rand(4, d_sae, generator=rng) < share
    generator = FromDonors(recipe, donor="base")
    generator.fit(pool(d_sae), dictionary, rng=rng)
    made = generator.generate(base, rng=rng)
    assert not made[:, frequency == 0].any()
    # A latent used twice would lose a value, since decode reads one value per latent.
    carried = base * (frequency > 0)
    assert torch.equal(made.sort(-1).values, carried.sort(-1).values)
