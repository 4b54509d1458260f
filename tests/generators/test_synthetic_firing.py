from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal, norm

from synact_bench.generators.synthetic_firing import (
    COMMON,
    DEPTH,
    SyntheticFiring,
    copula_loadings,
    parents,
)
from synact_bench.generators.zipf_latents import ZipfLaw
from tests.helpers.toys import rng_of

N = 200_000
FOREST = [-1] * 4 + [index // 3 for index in range(4, 30)]
"""Parents of three levels below four roots, each of them more frequent than its children."""


def firing(fires: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(fires.astype(np.float32).T @ fires.astype(np.float32))


def made_of(law: ZipfLaw, parent: list[int], *, length: float, seed: int = 0) -> SyntheticFiring:
    """A model with random loadings, a share ``length`` of each variance at most."""
    loadings = torch.randn(law.latents, 5, generator=rng_of(seed), dtype=torch.float64)
    lengths = torch.linspace(0.1, length, law.latents)[:, None] ** 0.5
    loadings = lengths * torch.nn.functional.normalize(loadings, dim=1)
    rate = torch.from_numpy(law.rate)
    return SyntheticFiring.calibrated(torch.tensor(parent), loadings, rate, rng=rng_of(seed + 1))


@pytest.mark.parametrize("length", [0.2, 0.9])
@pytest.mark.parametrize("parent", [[-1] * 30, FOREST], ids=["flat", "forest"])
def test_marginal_rates_are_those_of_the_law_below_parents_and_under_the_copula(parent, length):
    law = ZipfLaw(0.9, 0.5, 30)
    fires = made_of(law, parent, length=length).draw(N, rng=rng_of(3))
    found = fires.double().mean(0).numpy()
    # Four standard errors, and half a percent for thresholds that are found by quadrature.
    allowed = 4 * np.sqrt(law.rate * (1 - law.rate) / N) + 0.005 * law.rate
    assert (np.abs(found - law.rate) < allowed).all()


def test_the_rate_of_a_rare_latent_below_another_is_that_of_two_normal_variables():
    # One draw of the factors in 2000 alone would lead a latent of this rate to fire.
    rate = torch.tensor([0.01, 0.0004], dtype=torch.float64)
    loadings = torch.tensor([[0.8], [0.9]], dtype=torch.float64)
    found = SyntheticFiring.calibrated(torch.tensor([-1, 0]), loadings, rate, rng=rng_of(0))
    assert found.threshold[0] == pytest.approx(norm.isf(0.01))
    both = multivariate_normal(cov=[[1, 0.72], [0.72, 1]]).cdf(-found.threshold.numpy())
    assert both == pytest.approx(0.0004, rel=0.01)


def test_a_latent_never_fires_without_its_parent():
    fires = made_of(ZipfLaw(0.5, 0.5, 30), FOREST, length=0.5).draw(5000, rng=rng_of(4))
    for latent, parent in enumerate(FOREST):
        if parent >= 0:
            assert not (fires[:, latent] & ~fires[:, parent]).any()
            assert fires[:, latent].any()


def test_levels_are_distances_from_the_root():
    law = ZipfLaw(1.0, 0.5, 5)
    levels = made_of(law, [-1, 0, 1, 0, -1], length=0.3).levels
    assert [each.tolist() for each in levels] == [[0, 4], [1, 3], [2]]


def test_a_parent_is_the_least_frequent_latent_that_fires_with_nearly_every_firing():
    source = np.random.default_rng(1)
    n = 5000
    always = source.random(n) < 0.97
    group = source.random(n) < 0.4
    member = group & (source.random(n) < 0.5)
    loose = (source.random(n) < 0.15) | (group & (source.random(n) < 0.1))
    seldom = np.zeros(n, np.bool_)
    seldom[np.flatnonzero(member)[:3]] = True
    fires = np.stack([always, group, member, loose, seldom], axis=1)
    found = parents(firing(fires), np.array([0.9, 0.4, 0.2, 0.1, 0.001]))
    # Three firings are no evidence for any parent.
    assert found.tolist() == [-1, 0, 1, 0, -1]
    same = parents(firing(fires), np.array([0.9, 0.4, 0.4, 0.1, 0.001]))
    assert same.tolist() == [-1, 0, 0, 0, -1]


def test_no_latent_has_more_ancestors_than_are_allowed():
    source = np.random.default_rng(2)
    fires = source.random(4000)[:, None] < 0.9 ** np.arange(1, 12)
    parent = parents(firing(fires), np.power(0.9, np.arange(1.0, 12)))
    depth = [0]
    for each in parent[1:].tolist():
        depth.append(depth[each] + 1 if each >= 0 else 0)
    assert max(depth) == DEPTH


def test_the_copula_brings_back_joint_firings_of_correlated_latents():
    source = np.random.default_rng(3)
    n, half = 20_000, 6
    factor = source.standard_normal((n, 2)).repeat(half, axis=1)
    noise = source.standard_normal((n, 2 * half))
    fires = 0.7 * factor + 0.51**0.5 * noise > np.linspace(0.5, 1.5, 2 * half)
    order = np.argsort(-fires.mean(axis=0))
    fires = fires[:, order]
    loadings = copula_loadings(firing(fires), n, rng=rng_of(0))
    found = loadings @ loadings.T
    same = torch.from_numpy((order[:, None] < half) == (order < half))
    apart = ~torch.eye(2 * half, dtype=torch.bool)
    assert (found[same & apart] - 0.49).abs().max() < 0.1
    assert found[~same].abs().max() < 0.1
    assert loadings.square().sum(1).max() <= COMMON + 1e-9


def test_independent_latents_have_no_loadings_to_speak_of():
    fires = np.random.default_rng(4).random((20_000, 15)) < np.linspace(0.5, 0.02, 15)
    found = copula_loadings(firing(fires), 20_000, rng=rng_of(0))
    apart = ~torch.eye(15, dtype=torch.bool)
    assert (found @ found.T)[apart].abs().max() < 0.05
