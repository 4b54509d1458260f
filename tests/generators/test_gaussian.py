from __future__ import annotations

import pytest
import torch

from synact_bench.core.activations import RealActivations
from synact_bench.core.errors import SynactError
from synact_bench.generators.gaussian import Gaussian, covariance_factor
from tests.helpers.toys import rng_of, toy_dictionary, toy_real


def samples(real: RealActivations, n: int) -> torch.Tensor:
    generator = Gaussian()
    generator.fit(real, toy_dictionary(), rng=rng_of(0))
    return generator.generate(n, rng=rng_of(1))


def test_samples_have_the_mean_and_covariance_of_the_pool():
    real = toy_real()
    drawn = samples(real, 40_000).double()
    scale = real.covariance.diagonal().max()
    assert drawn.mean(0) == pytest.approx(real.mean.double(), abs=0.03 * scale.sqrt().item())
    assert (torch.cov(drawn.T) - real.covariance).abs().max() < 0.04 * scale


def test_samples_keep_to_the_subspace_of_a_singular_pool():
    real = toy_real()
    centred = real.tensor - real.tensor.mean(-1, keepdim=True)
    drawn = samples(RealActivations(centred, real.documents), 100)
    assert drawn.sum(-1).abs().max() < 1e-4
    assert drawn.std(0).min() > 0.1


@pytest.mark.parametrize("eigenvalue", [1.0, 0.0, -1e-12])
def test_factor_times_its_transpose_is_the_covariance(eigenvalue):
    basis = torch.linalg.qr(torch.randn(4, 4, generator=rng_of(2), dtype=torch.float64)).Q
    values = torch.tensor([3.0, 2.0, 1.0, eigenvalue], dtype=torch.float64)
    covariance = basis @ values.diag() @ basis.T
    factor = covariance_factor(covariance)
    assert torch.allclose(factor @ factor.T, covariance, atol=1e-7)


def test_too_few_activations_are_refused():
    with pytest.raises(SynactError, match=r"79 activations are too few .* 8 .* at least 80"):
        samples(toy_real(n=79), 1)
    assert samples(toy_real(n=80), 1).shape == (1, 8)
