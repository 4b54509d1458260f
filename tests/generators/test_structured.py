from __future__ import annotations

import math

import pytest
import torch

from synact_bench.core.activations import RealActivations
from synact_bench.core.errors import SynactError
from synact_bench.generators.donors import FromDonors
from synact_bench.generators.structured import (
    CANDIDATES,
    Structured,
    StructuredNoCosine,
    mean_pair_cosine,
)
from tests.helpers.toys import latent_dictionary, rng_of, toy_real

D_SAE = 160


def fan() -> torch.Tensor:
    """Directions in one plane, latent i at i degrees: cosines tell latents apart."""
    angles = torch.arange(D_SAE) * math.pi / 180
    directions = torch.zeros(D_SAE, D_SAE)
    directions[:, 0], directions[:, 1] = angles.cos(), angles.sin()
    return directions


def pool_with_cosine(cosine: float) -> RealActivations:
    """Two activations at a fixed angle, so that every pair has the same cosine."""
    tensor = torch.zeros(2, D_SAE)
    tensor[:, 0] = 1.0
    tensor[1, :2] = torch.tensor([cosine, math.sqrt(1 - cosine**2)])
    return RealActivations(tensor, ("a", "b"))


def rewritten(recipe, base, *, frequency, real, rng_seed=1):
    generator = FromDonors(recipe, donor="base")
    generator.fit(real, latent_dictionary(frequency, directions=fan()), rng=rng_of(0))
    return generator.generate(base, rng=rng_of(rng_seed))


def test_new_top_lies_at_the_mean_real_cosine_and_the_rest_keep_theirs():
    base = torch.zeros(1, D_SAE)
    base[0, 0], base[0, 20], base[0, 45] = 3.0, 2.0, 1.0
    frequency = torch.full((D_SAE,), 0.1)
    frequency[[59, 61]] = 0.0
    real = pool_with_cosine(math.cos(math.radians(60.4)))
    made = rewritten(Structured(), base, frequency=frequency, real=real)[0]
    assert int((made == 3).nonzero()) == 60
    # 20 and 45 degrees away from the top, on either side of it.
    assert int((made == 2).nonzero()) in {40, 80}
    assert int((made == 1).nonzero()) in {15, 105}


def test_a_cosine_already_used_goes_to_the_next_nearest_latent():
    # Two latents 30 degrees from the top: 30 on either side of the new top, or the next to it.
    base = torch.zeros(1, D_SAE)
    base[0, 100], base[0, 130], base[0, 70] = 3.0, 2.0, 1.0
    real = pool_with_cosine(math.cos(math.radians(50.0)))
    frequency = torch.full((D_SAE,), 0.1)
    made = rewritten(Structured(), base, frequency=frequency, real=real)[0]
    top = int((made == 3).nonzero())
    others = {int((made == value).nonzero()) for value in (2, 1)}
    assert top in {50, 150}
    assert others <= {top - 30, top + 30, top - 29, top - 31}
    assert len(others) == 2


def test_new_top_comes_from_the_hundred_nearest_in_sparsity():
    # Latent 0 fires most; latents beyond 100 are too far in sparsity, though one has cosine c*.
    frequency = 10 ** (-torch.arange(D_SAE) / 50)
    base = torch.zeros(1, D_SAE)
    base[0, 0] = 1.0
    real = pool_with_cosine(math.cos(math.radians(140.0)))
    made = rewritten(Structured(), base, frequency=frequency, real=real)[0]
    assert made.nonzero().flatten().tolist() == [CANDIDATES]


def test_without_cosine_the_top_is_any_of_the_hundred_and_the_rest_follow_it():
    frequency = 10 ** (-torch.arange(D_SAE) / 50)
    base = torch.zeros(800, D_SAE)
    base[:, 0], base[:, 10] = 2.0, 1.0
    made = rewritten(StructuredNoCosine(), base, frequency=frequency, real=toy_real(d_model=D_SAE))
    tops = (made == 2).nonzero()[:, 1]
    followers = (made == 1).nonzero()[:, 1]
    assert set(tops.tolist()) <= set(range(1, CANDIDATES + 1))
    assert len(tops.unique()) > 90
    assert ((followers - tops).abs() == 10).all()


def test_donor_without_latents_gives_the_empty_decoding():
    made = rewritten(
        Structured(),
        torch.zeros(2, D_SAE),
        frequency=torch.full((D_SAE,), 0.1),
        real=toy_real(d_model=D_SAE),
    )
    assert not made.any()


@pytest.mark.parametrize("cosine", [-0.3, 0.0, 0.42])
def test_mean_pair_cosine_of_a_fixed_angle(cosine):
    shift = torch.randn(D_SAE, generator=rng_of(5))
    pool = pool_with_cosine(cosine)
    moved = RealActivations(pool.tensor + shift, pool.documents)
    assert mean_pair_cosine(moved, about=shift, rng=rng_of(0)) == pytest.approx(cosine, abs=1e-5)


def test_mean_pair_cosine_pairs_no_activation_with_itself():
    orthogonal = RealActivations(torch.eye(4), ("a", "b", "c", "d"))
    assert mean_pair_cosine(orthogonal, about=torch.zeros(4), rng=rng_of(0)) == 0


def test_mean_pair_cosine_needs_a_pair():
    with pytest.raises(SynactError, match="a pool of 1 activations has no pairs"):
        mean_pair_cosine(toy_real(n=1), about=torch.zeros(8), rng=rng_of(0))
