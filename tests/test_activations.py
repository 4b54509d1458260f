from __future__ import annotations

import numpy as np
import pytest
import torch

from synact_bench.activations import RealActivations
from tests.helpers.toys import rng_of, toy_real


@pytest.mark.parametrize(
    "tensor", [torch.zeros(3), torch.zeros(3, 2, 1), torch.zeros(3, 2, dtype=torch.float64)]
)
def test_anything_but_a_float32_matrix_is_refused(tensor):
    with pytest.raises(ValueError, match=r"must be \[n, d_model\] float32, not \(3"):
        RealActivations(tensor, ("a",) * 3)


def test_every_row_has_a_document():
    with pytest.raises(ValueError, match="2 document ids for 3 rows"):
        RealActivations(torch.zeros(3, 2), ("a", "b"))


def test_sizes():
    real = RealActivations(torch.zeros(3, 2), ("a", "b", "b"))
    assert (len(real), real.d_model) == (3, 2)


def test_statistics_are_numpys():
    real = toy_real(n=200)
    wide = real.tensor.double().numpy()
    np.testing.assert_allclose(real.mean, wide.mean(0), rtol=1e-6)
    np.testing.assert_allclose(real.covariance, np.cov(wide, rowvar=False), rtol=1e-10)
    assert real.mean.dtype == torch.float32
    assert real.covariance.dtype == torch.float64
    assert real.median_norm == pytest.approx(
        np.quantile(np.linalg.norm(wide, axis=1), 0.5, method="lower"), rel=1e-6
    )


def test_means_far_from_zero_keep_their_digits():
    tensor = torch.full((100_000, 1), 1000.1)
    assert RealActivations(tensor, ("a",) * len(tensor)).mean == tensor[0]


def test_draws_are_rows_with_replacement():
    real = toy_real(n=5)
    drawn = real.draw(200, rng=rng_of(0))
    assert drawn.shape == (200, real.d_model)
    rows = {tuple(row) for row in drawn.tolist()}
    assert rows == {tuple(row) for row in real.tensor.tolist()}
    assert torch.equal(drawn, real.draw(200, rng=rng_of(0)))
    assert not torch.equal(drawn, real.draw(200, rng=rng_of(1)))
