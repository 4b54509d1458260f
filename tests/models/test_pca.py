from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.activations import RealActivations
from synact_bench.models import sae
from synact_bench.models.pca import component_latents
from tests.helpers.toys import toy_real


@given(st.integers(0, 1000), st.integers(2, 12))
def test_decoding_undoes_encoding(seed: int, d_model: int) -> None:
    real = toy_real(n=60, d_model=d_model, seed=seed)
    made = component_latents(real)
    other = toy_real(n=20, d_model=d_model, seed=seed + 1).tensor
    torch.testing.assert_close(made(other), other, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(made.decode(made.encode(other)), made(other))


@given(st.integers(0, 1000), st.integers(2, 12))
def test_one_of_each_pair_of_latents_is_active(seed: int, d_model: int) -> None:
    real = toy_real(n=60, d_model=d_model, seed=seed)
    latents = component_latents(real).encode(real.tensor)
    assert latents.shape == (60, 2 * d_model)
    assert (latents >= 0).all()
    positive, negative = latents.split(d_model, dim=1)
    assert ((positive > 0) ^ (negative > 0)).all()


def test_directions_are_orthonormal_components_and_their_opposites() -> None:
    real = toy_real()
    components, opposites = component_latents(real).W_dec.split(8)
    assert torch.equal(opposites, -components)
    torch.testing.assert_close(components @ components.T, torch.eye(8), rtol=0, atol=1e-6)
    wide = components.double()
    along = wide @ real.covariance @ wide.T
    variances = along.diagonal()
    assert (variances.diff() < 0).all()
    assert (along - variances.diag()).abs().max() < 1e-5 * variances[0]


def test_the_largest_coordinate_of_a_component_is_positive() -> None:
    components = component_latents(toy_real()).W_dec[:8]
    largest = components.gather(-1, components.abs().argmax(-1, keepdim=True))
    assert (largest > 0).all()


def test_components_of_a_plane_by_hand() -> None:
    corners = torch.tensor([[5.0, 1.0], [-3.0, 1.0], [1.0, 3.0], [1.0, -1.0]])
    made = component_latents(RealActivations(corners, ("a", "b", "c", "d")))
    torch.testing.assert_close(made.b_dec, torch.tensor([1.0, 1.0]))
    torch.testing.assert_close(made.W_dec, torch.cat([torch.eye(2), -torch.eye(2)]))
    torch.testing.assert_close(
        made.encode(torch.tensor([[4.0, -1.0]])), torch.tensor([[3.0, 0.0, 0.0, 2.0]])
    )


def test_directions_that_no_activation_uses_are_left_out() -> None:
    real = toy_real()
    centred = real.tensor - real.tensor.mean(-1, keepdim=True)
    made = component_latents(RealActivations(centred, real.documents))
    assert made.W_dec.shape == (14, 8)
    assert made.W_dec.sum(-1).abs().max() < 1e-5
    torch.testing.assert_close(made(centred), centred, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_their_number_does_not_depend_on_the_unit(scale: float) -> None:
    real = toy_real()
    scaled = RealActivations(scale * real.tensor, real.documents)
    assert len(component_latents(scaled).W_dec) == 16


def test_they_are_the_same_every_time() -> None:
    first, again = (component_latents(toy_real()) for _ in range(2))
    assert torch.equal(first.W_dec, again.W_dec)
    assert torch.equal(first.b_dec, again.b_dec)


def test_a_dictionary_of_them_explains_everything_with_every_component() -> None:
    real = toy_real()
    seen = sae.as_dictionary(
        component_latents(real), real.tensor, explained=1.0, l0=8.0, where="toy"
    )
    assert (seen.d_sae, seen.d_model) == (16, 8)
    assert sae.explained_variance(lambda x: seen.decode(seen.encode(x)), real.tensor) > 1 - 1e-9
    assert float(seen.firing_frequency.sum()) == pytest.approx(8)
    assert len(seen.alive) == 16
    by_hand = seen.encode(real.tensor) @ seen.directions + seen.bias
    torch.testing.assert_close(by_hand, real.tensor, rtol=1e-5, atol=1e-4)
