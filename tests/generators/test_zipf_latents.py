from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix

from synact_bench.core.activations import RealActivations
from synact_bench.core.errors import SynactError
from synact_bench.generators import zipf_latents
from synact_bench.generators.zipf_latents import (
    LARGEST_RATE,
    GammaValues,
    ZipfLatents,
    ZipfLaw,
)
from synact_bench.testing import check_generator
from synact_bench.testing.fixtures import tiny, wide
from tests.helpers.toys import latent_dictionary, rng_of, toy_dictionary, toy_real

N = 200_000


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
        monkeypatch.setattr(zipf_latents, "CHUNK", chunk)
        generator = ZipfLatents()
        generator.fit(toy_real(n=60), toy_dictionary(), rng=rng_of(0))
        fits.append(generator.firing)
    assert torch.equal(fits[0].threshold, fits[1].threshold)
    assert torch.equal(fits[0].parent, fits[1].parent)


def test_samples_are_made_in_chunks(monkeypatch, fitted):
    monkeypatch.setattr(zipf_latents, "CHUNK", 8)
    assert fitted.generate(20, rng=rng_of(5)).shape == (20, 40)
    assert fitted.generate(0, rng=rng_of(5)).shape == (0, 40)


@pytest.mark.parametrize("fixture", [tiny, wide])
def test_it_keeps_the_contract(fixture):
    check_generator(ZipfLatents, on=fixture())
