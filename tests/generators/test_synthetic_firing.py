from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from scipy.stats import multivariate_normal, norm

from synact_bench.core.activations import RealActivations
from synact_bench.core.errors import SynactError
from synact_bench.generators import synthetic_firing
from synact_bench.generators.synthetic_firing import (
    COMMON,
    DEPTH,
    LARGEST_RATE,
    GammaValues,
    SyntheticFiring,
    ZipfLatents,
    ZipfLaw,
    copula_loadings,
    parents,
)
from synact_bench.testing import check_generator
from synact_bench.testing.fixtures import tiny, wide
from tests.helpers.toys import latent_dictionary, rng_of, toy_dictionary, toy_real

N = 200_000


def firing(fires: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(fires.astype(np.float32).T @ fires.astype(np.float32))


def made_of(law: ZipfLaw, parent: list[int], *, length: float, seed: int = 0) -> SyntheticFiring:
    """A model with random loadings, a share ``length`` of each variance at most."""
    loadings = torch.randn(law.latents, 5, generator=rng_of(seed), dtype=torch.float64)
    lengths = torch.linspace(0.1, length, law.latents)[:, None] ** 0.5
    loadings = lengths * torch.nn.functional.normalize(loadings, dim=1)
    rate = torch.from_numpy(law.rate)
    return SyntheticFiring.calibrated(torch.tensor(parent), loadings, rate, rng=rng_of(seed + 1))


@pytest.mark.parametrize("exponent", [0.3, 0.8, 1.2])
def test_a_zipf_law_is_found_from_frequencies_that_follow_it(exponent):
    law = ZipfLaw(exponent, 0.6, 500)
    n = 20_000
    frequency = np.random.default_rng(0).binomial(n, law.rate) / n
    found = ZipfLaw.fitted(np.sort(frequency)[::-1], n=n)
    assert found.exponent == pytest.approx(exponent, abs=0.02)
    assert found.rate.sum() == pytest.approx(frequency.sum())
    assert found.rate[0] == pytest.approx(0.6, rel=0.05)


@pytest.mark.parametrize(
    "frequency", [[1.0, 1.0, 1.0], [1.0], [0.02], [1.0, 0.9, 0.01, 0.001], [0.2] * 6]
)
def test_a_law_has_rates_that_fall_and_are_no_certainty(frequency):
    rate = ZipfLaw.fitted(np.array(frequency), n=1000).rate
    assert (np.diff(rate) <= 1e-12).all()
    assert rate.min() > 0
    assert rate.max() <= LARGEST_RATE
    total = min(sum(frequency), LARGEST_RATE * len(frequency))
    assert rate.sum() == pytest.approx(total, rel=1e-6)


FOREST = [-1] * 4 + [index // 3 for index in range(4, 30)]
"""Parents of three levels below four roots, each of them more frequent than its children."""


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


def pool(*, n: int = 4000, d: int = 40) -> RealActivations:
    """Latents of a Zipf law whose values are 1 to 3 times their number, latents 3 and 4 below 0."""
    source = np.random.default_rng(5)
    fires = source.random((n, d)) < 0.8 / np.arange(1, d + 1)
    for child in (3, 4):
        fires[:, child] = fires[:, 0] & (source.random(n) < 0.8 / (child + 1) / 0.8)
    values = fires * (1 + 2 * source.random((n, d))) * np.arange(1, d + 1)
    return RealActivations(
        torch.from_numpy(values).float(), tuple(f"doc-{row}" for row in range(n))
    )


@pytest.fixture(scope="module")
def fitted() -> ZipfLatents:
    real = pool()
    frequency = (real.tensor > 0).float().mean(0)
    frequency[7] = 0.0  # dead, though the encoder fires
    generator = ZipfLatents()
    generator.fit(real, latent_dictionary(frequency), rng=rng_of(1))
    return generator


def test_samples_fire_at_the_rates_of_the_law_and_dead_latents_never(fitted):
    made = fitted.generate(40_000, rng=rng_of(2))
    found = (made > 0).double().mean(0).numpy()
    assert found[7] == 0
    rate = np.zeros(40)
    rate[fitted._latents] = fitted.law.rate
    allowed = 4 * np.sqrt(rate * (1 - rate) / len(made)) + 0.005 * rate
    assert (np.abs(found - rate) <= allowed).all()
    assert fitted.law.exponent == pytest.approx(1, abs=0.1)


def test_a_latent_that_fires_only_with_another_does_so_in_samples(fitted):
    fires = fitted.generate(5000, rng=rng_of(3)) > 0
    for child in (3, 4):
        assert fires[:, child].any()
        assert not (fires[:, child] & ~fires[:, 0]).any()


def test_values_are_positive_with_the_mean_and_spread_that_each_latent_has(fitted):
    made, real = fitted.generate(60_000, rng=rng_of(4)), pool().tensor
    assert made.min() == 0
    for latent in (0, 2, 5):
        values, stored = (each[each[:, latent] > 0, latent] for each in (made, real))
        assert float(values.mean()) == pytest.approx(float(stored.mean()), rel=0.03)
        assert float(values.std()) == pytest.approx(float(stored.std()), rel=0.06)


def test_a_latent_that_fires_once_has_a_spread_too():
    values = csr_matrix(np.array([[2.0, 5.0], [4.0, 0.0], [3.0, 0.0]])).tocsc()
    found = GammaValues.fitted(values)
    assert found.mean.tolist() == pytest.approx([3.0, 5.0])
    assert found.relative.min() > 0
    drawn = found.draw(np.ones(20_000, dtype=np.int64), rng=rng_of(0))
    assert drawn.min() > 0
    assert drawn.mean() == pytest.approx(5, rel=0.02)
    assert drawn.var() / 25 == pytest.approx(found.relative[1], rel=0.05)


def test_a_pool_in_which_nothing_fires_is_refused():
    real = RealActivations(torch.zeros(20, 6), ("doc",) * 20)
    with pytest.raises(SynactError, match="no latent fires"):
        ZipfLatents().fit(real, latent_dictionary(torch.ones(6)), rng=rng_of(0))


def test_chunks_change_nothing_in_the_fit(monkeypatch):
    fits = []
    for chunk in (1000, 7):
        monkeypatch.setattr(synthetic_firing, "CHUNK", chunk)
        generator = ZipfLatents()
        generator.fit(toy_real(n=60), toy_dictionary(), rng=rng_of(0))
        fits.append(generator.firing)
    assert torch.equal(fits[0].threshold, fits[1].threshold)
    assert torch.equal(fits[0].parent, fits[1].parent)


def test_samples_are_made_in_chunks(monkeypatch, fitted):
    monkeypatch.setattr(synthetic_firing, "CHUNK", 8)
    assert fitted.generate(20, rng=rng_of(5)).shape == (20, 40)
    assert fitted.generate(0, rng=rng_of(5)).shape == (0, 40)


@pytest.mark.parametrize("ground", [tiny, wide])
def test_it_keeps_the_contract(ground):
    check_generator(ZipfLatents, on=ground())
