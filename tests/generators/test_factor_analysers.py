from __future__ import annotations

import itertools
import math

import pytest
import torch
from scipy.stats import multivariate_normal

from synact_bench.core.activations import RealActivations
from synact_bench.core.errors import SynactError
from synact_bench.generators.factor_analysers import FLOOR, FactorAnalysers, Mixture
from synact_bench.testing import check_generator
from synact_bench.testing.fixtures import tiny, wide
from tests.helpers.toys import rng_of, toy_dictionary, toy_real

D, Q = 6, 2


def known(components: int = 3, *, apart: float = 4.0, seed: int = 0) -> Mixture:
    """A mixture of components at random places, of random weights, loadings and noise."""
    rng = rng_of(seed)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=rng, dtype=torch.float64)

    return Mixture(
        weight=normal(components).softmax(0),
        mean=apart * normal(components, D),
        loadings=normal(components, D, Q),
        noise=0.05 + normal(components, D).square(),
    )


def fitted(rows: torch.Tensor, *, components: int, factors: int = Q, steps: int = 30) -> Mixture:
    found = Mixture.started(rows, components=components, factors=factors, rng=rng_of(1))
    for _ in range(steps):
        found, _ = found.improved(rows)
    return found


def pool(rows: torch.Tensor) -> RealActivations:
    return RealActivations(rows.float(), tuple(f"doc-{row}" for row in range(len(rows))))


def samples(generator: FactorAnalysers, real: RealActivations, n: int) -> torch.Tensor:
    generator.fit(real, toy_dictionary(), rng=rng_of(2))
    return generator.generate(n, rng=rng_of(3))


def test_densities_are_those_of_normal_distributions_with_the_whole_covariance():
    mixture, rows = known(), 5 * torch.randn(40, D, generator=rng_of(4), dtype=torch.float64)
    found = mixture.log_densities(rows)
    for each in range(3):
        loadings = mixture.loadings[each]
        covariance = loadings @ loadings.T + mixture.noise[each].diag()
        normal = multivariate_normal(mixture.mean[each].numpy(), covariance.numpy())
        expected = mixture.weight[each].log() + torch.from_numpy(normal.logpdf(rows.numpy()))
        assert torch.allclose(found[:, each], expected, rtol=1e-10)


@pytest.mark.parametrize("apart", [0.0, 1.0, 6.0], ids=["one place", "overlapping", "apart"])
@pytest.mark.parametrize("components", [1, 3, 12])
def test_the_likelihood_never_falls(apart, components):
    rows = known(apart=apart).draw(500, rng=rng_of(5))
    mixture = Mixture.started(rows, components=components, factors=Q, rng=rng_of(6))
    told = []
    for _ in range(25):
        before = mixture.log_likelihood(rows)
        mixture, said = mixture.improved(rows)
        assert said == pytest.approx(before, rel=1e-12)
        told.append(said)
    assert all(later >= earlier - 1e-9 for earlier, later in itertools.pairwise(told))
    assert told[-1] > told[0]


def test_the_likelihood_does_not_fall_where_noise_is_at_its_floor():
    # Rows of rank 2: without a floor the noise would vanish and the likelihood have no bound.
    rows = torch.randn(200, 2, generator=rng_of(7), dtype=torch.float64)
    rows = rows @ torch.randn(2, D, generator=rng_of(8), dtype=torch.float64)
    mixture = Mixture.started(rows, components=2, factors=Q, rng=rng_of(6))
    told = []
    for _ in range(40):
        mixture, said = mixture.improved(rows)
        told.append(said)
    assert all(later >= earlier - 1e-9 for earlier, later in itertools.pairwise(told))
    assert mixture.noise.min() == FLOOR


def test_it_finds_a_mixture_that_explains_new_rows_as_well_as_the_true_one():
    truth = known(apart=12.0)
    found = fitted(truth.draw(6000, rng=rng_of(9)), components=3)
    new = truth.draw(6000, rng=rng_of(10))
    assert found.log_likelihood(new) == pytest.approx(truth.log_likelihood(new), abs=0.03)
    assert found.weight.sort().values.tolist() == pytest.approx(
        truth.weight.sort().values.tolist(), abs=0.03
    )


def test_rows_that_are_drawn_have_each_component_s_share_mean_and_covariance():
    mixture = known(apart=30.0)
    rows = mixture.draw(30_000, rng=rng_of(11))
    own = torch.cdist(rows, mixture.mean).argmin(1)
    for each in range(3):
        mine = rows[own == each]
        assert len(mine) / len(rows) == pytest.approx(float(mixture.weight[each]), abs=0.015)
        loadings = mixture.loadings[each]
        covariance = loadings @ loadings.T + mixture.noise[each].diag()
        assert (mine.mean(0) - mixture.mean[each]).abs().max() < 0.15
        assert (torch.cov(mine.T) - covariance).abs().max() < 0.08 * covariance.diagonal().max()


def test_a_component_of_no_rows_is_never_drawn_and_keeps_what_it_has():
    truth = known(apart=30.0)
    far = Mixture(
        weight=torch.full((4,), 0.25, dtype=torch.float64),
        mean=torch.cat([truth.mean, torch.full((1, D), 1e4, dtype=torch.float64)]),
        loadings=torch.cat([truth.loadings, truth.loadings[:1]]),
        noise=torch.cat([truth.noise, truth.noise[:1]]),
    )
    rows = truth.draw(300, rng=rng_of(12))
    found = far
    for _ in range(3):
        found, said = found.improved(rows)
        assert math.isfinite(said)
    assert found.weight[3] == 0
    assert float(found.weight.sum()) == pytest.approx(1)
    assert torch.equal(found.mean[3], far.mean[3])
    assert found.draw(2000, rng=rng_of(13)).max() < 1e3


def test_more_components_than_rows_that_differ_are_as_many_as_differ():
    rows = torch.tensor([[0.0] * D, [9.0] * D], dtype=torch.float64).repeat(50, 1)
    mixture = fitted(rows, components=7, steps=3)
    assert len(mixture.weight) == 2
    assert mixture.draw(50, rng=rng_of(0)).isfinite().all()


def test_samples_have_the_pool_s_mean_and_covariance():
    real = toy_real(n=2000)
    generator = FactorAnalysers(components=2, factors=4, iterations=60)
    made = samples(generator, real, 20_000).double()
    spread = real.covariance.diagonal().max()
    assert (made.mean(0) - real.mean).abs().max() < 0.15
    assert (torch.cov(made.T) - real.covariance).abs().max() < 0.05 * spread


def test_one_component_of_all_factors_is_as_likely_as_a_normal_distribution():
    real, new = toy_real(n=3000), toy_real(n=500, seed=5).tensor
    generator = FactorAnalysers(components=1, factors=7, iterations=100)
    generator.fit(real, toy_dictionary(), rng=rng_of(2))
    normal = multivariate_normal(real.tensor.double().mean(0).numpy(), real.covariance.numpy())
    expected = normal.logpdf(new.double().numpy()).mean()
    assert generator.log_likelihood(new) == pytest.approx(expected, abs=0.02)


def test_groups_of_different_shape_are_kept_apart():
    rng = rng_of(14)
    scale = torch.ones(2, D)
    scale[0, 0] = scale[1, -1] = 6.0
    group = torch.arange(800) % 4 == 0
    centres = torch.tensor([[0.0] * D, [40.0] * D])[group.long()]
    rows = centres + scale[group.long()] * torch.randn(800, D, generator=rng)
    made = samples(FactorAnalysers(components=2, factors=1), pool(rows), 4000)
    second = made.mean(1) > 20
    assert float(second.float().mean()) == pytest.approx(0.25, abs=0.03)
    assert float(made[~second, 0].std()) == pytest.approx(6, rel=0.15)
    assert float(made[second, 0].std()) == pytest.approx(1, rel=0.3)
    assert float(made[second, -1].std()) == pytest.approx(6, rel=0.15)


def test_a_coordinate_that_never_changes_stays_as_it_is():
    rows = toy_real().tensor.clone()
    rows[:, 2] = 1.5
    assert (samples(FactorAnalysers(components=2), pool(rows), 50)[:, 2] == 1.5).all()


def test_as_many_threads_as_there_are_make_the_same_fit():
    threads, made = torch.get_num_threads(), []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            made.append(samples(FactorAnalysers(iterations=5), toy_real(), 20))
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(*made)


def test_settings_stand_on_the_card():
    card = FactorAnalysers(components=5, factors=3, iterations=2).card
    assert card.parameters.items() >= {"components": 5, "factors": 3, "iterations": 2}.items()


def test_a_pool_of_one_is_refused_and_no_samples_are_an_empty_tensor():
    with pytest.raises(SynactError, match="1 activations have no covariance"):
        FactorAnalysers().fit(toy_real(n=1), toy_dictionary(), rng=rng_of(0))
    assert samples(FactorAnalysers(iterations=1), toy_real(), 0).shape == (0, 8)


@pytest.mark.parametrize("fixture", [tiny, wide])
def test_it_keeps_the_contract(fixture):
    check_generator(FactorAnalysers(components=3, factors=4, iterations=1), on=fixture())
