from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import mahalanobis

from synact_bench.core.activations import RealActivations, ordinary
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


def test_mahalanobis_is_scipys():
    real = toy_real(n=200)
    wide = real.tensor.double().numpy()
    inverse = np.linalg.inv(np.cov(wide, rowvar=False))
    points = toy_real(n=20, seed=5).tensor
    expected = [mahalanobis(point, wide.mean(0), inverse) for point in points.double().numpy()]
    np.testing.assert_allclose(real.mahalanobis(points), expected, rtol=1e-6)
    assert real.mahalanobis(points).dtype == torch.float64


def test_mahalanobis_of_the_pool_itself_is_about_the_root_of_its_width():
    real = toy_real(n=400)
    squares = real.mahalanobis(real.tensor) ** 2
    # The mean square is d (n - 1) / n exactly, whatever the distribution.
    assert float(squares.mean()) == pytest.approx(real.d_model * 399 / 400, rel=1e-9)


@given(scale=st.floats(0.01, 100), seed=st.integers(0, 100))
@settings(max_examples=20)
def test_mahalanobis_has_no_unit(scale, seed):
    real, points = toy_real(n=50), toy_real(n=5, seed=seed).tensor
    scaled = RealActivations(scale * real.tensor, real.documents)
    mine, theirs = real.mahalanobis(points), scaled.mahalanobis(scale * points)
    np.testing.assert_allclose(mine, theirs, rtol=1e-3)


def test_a_direction_without_variance_has_no_part_in_mahalanobis():
    real = toy_real(n=200)
    flat = torch.cat([real.tensor, real.tensor.sum(1, keepdim=True)], dim=1)
    widened = RealActivations(flat, real.documents)
    np.testing.assert_allclose(widened.mahalanobis(flat), real.mahalanobis(real.tensor), rtol=1e-3)


def test_draws_are_rows_with_replacement():
    real = toy_real(n=5)
    drawn = real.draw(200, rng=rng_of(0))
    assert drawn.shape == (200, real.d_model)
    rows = {tuple(row) for row in drawn.tolist()}
    assert rows == {tuple(row) for row in real.tensor.tolist()}
    assert torch.equal(drawn, real.draw(200, rng=rng_of(0)))
    assert not torch.equal(drawn, real.draw(200, rng=rng_of(1)))


@given(scale=st.floats(1e-3, 1e3), seed=st.integers(0, 99))
def test_massive_activations_are_told_in_any_unit(scale, seed):
    rows = torch.randn(40, 3, 8, generator=rng_of(seed))
    rows[5, 0] *= 200
    rows[7, 2] *= 200
    found = ordinary(scale * rows)
    assert found.shape == (40, 3)
    assert torch.nonzero(~found).tolist() == [[5, 0], [7, 2]]
