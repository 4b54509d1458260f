from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.pca_decoded import PcaDecoded
from tests.helpers.toys import rng_of, toy_dictionary, toy_real

REAL = toy_real()


def components(k: int) -> np.ndarray:
    """The first components by numpy's singular values, ``[k, d_model]``."""
    centred = REAL.tensor.double().numpy() - REAL.tensor.double().mean(0).numpy()
    return np.linalg.svd(centred, full_matrices=False)[2][:k]


def explaining(share: float) -> Dictionary:
    """A dictionary that explains a share of the variance: it is off by noise of the rest."""
    spread = (1 - share) ** 0.5

    def decode(latents: torch.Tensor) -> torch.Tensor:
        return latents + spread * (REAL.mean - latents)

    return dataclasses.replace(toy_dictionary(), encode=torch.clone, decode=decode)


@pytest.mark.parametrize("k", [1, 3, 8, 64])
def test_it_is_the_projection_on_the_first_components(k: int) -> None:
    base = toy_real(seed=4).tensor[:20]
    generator = PcaDecoded(k)
    generator.fit(REAL, toy_dictionary(), rng=rng_of(0))
    made = generator.reconstruct(base, rng=rng_of(1)).numpy()
    found, mean = components(k), REAL.tensor.double().mean(0).numpy()
    expected = mean + (base.numpy() - mean) @ found.T @ found
    np.testing.assert_allclose(made, expected, atol=2e-4)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.9, 0.99])
def test_there_are_the_fewest_that_explain_what_the_dictionary_does(share: float) -> None:
    generator = PcaDecoded()
    generator.fit(REAL, explaining(share), rng=rng_of(0))
    made = generator.reconstruct(REAL.tensor, rng=rng_of(1))

    def explained(decoded: torch.Tensor) -> float:
        left = (decoded - REAL.tensor).double().square().sum()
        return 1 - float(left / (REAL.tensor - REAL.mean).double().square().sum())

    assert explained(made) >= share - 1e-6
    k = generator._components.shape[1]
    fewer = PcaDecoded(k - 1)
    fewer.fit(REAL, explaining(share), rng=rng_of(0))
    assert k == 1 or explained(fewer.reconstruct(REAL.tensor, rng=rng_of(1))) < share


def test_a_dictionary_worse_than_the_mean_leaves_one_component() -> None:
    generator = PcaDecoded()
    generator.fit(REAL, explaining(-3.0), rng=rng_of(0))
    assert generator._components.shape == (8, 1)
