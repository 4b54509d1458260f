from __future__ import annotations

import torch

from synact_bench.generators.controls import Isotropic, Mean, ShuffledCoordinates
from tests.helpers.toys import rng_of, toy_dictionary, toy_real


def fitted(generator, real):
    generator.fit(real, toy_dictionary(), rng=rng_of(0))
    return generator


def test_mean_is_the_mean_in_every_row():
    real = toy_real()
    rows = fitted(Mean(), real).generate(3, rng=rng_of(1))
    assert torch.equal(rows, real.mean.expand(3, -1))


def test_shuffled_coordinates_come_from_their_own_marginals():
    real = toy_real(n=40)
    drawn = fitted(ShuffledCoordinates(), real).generate(200, rng=rng_of(1))
    for coordinate, pool in zip(drawn.T, real.tensor.T, strict=True):
        assert torch.isin(coordinate, pool).all()


def test_shuffled_coordinates_keep_variances_and_lose_correlations():
    real = toy_real()
    drawn = fitted(ShuffledCoordinates(), real).generate(20_000, rng=rng_of(1))
    pool = real.covariance.diagonal()
    assert torch.allclose(drawn.double().var(0), pool, rtol=0.05)
    correlations = torch.corrcoef(drawn.T) - torch.eye(8)
    assert torch.corrcoef(real.tensor.T).fill_diagonal_(0).abs().max() > 0.5
    assert correlations.abs().max() < 0.04


def test_isotropic_lies_as_far_from_the_base_as_some_real_activation():
    real, base = toy_real(n=30), toy_real(seed=4).tensor[:20]
    moved = fitted(Isotropic(), real).generate(base, rng=rng_of(1))
    distances = (moved - base).norm(dim=-1)
    known = torch.cdist(base, real.tensor)
    assert ((known - distances[:, None]).abs().min(1).values < 1e-4).all()


def test_isotropic_directions_favour_no_axis():
    real, base = toy_real(), toy_real(seed=4).tensor[:1].repeat(20_000, 1)
    moved = fitted(Isotropic(), real).generate(base, rng=rng_of(1)) - base
    directions = moved / moved.norm(dim=-1, keepdim=True)
    second_moment = directions.T @ directions / len(directions)
    assert torch.allclose(second_moment, torch.eye(8) / 8, atol=0.01)
    assert directions.mean(0).abs().max() < 0.02
