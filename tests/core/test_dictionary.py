from __future__ import annotations

import math

import torch

from tests.helpers.toys import latent_dictionary, toy_dictionary


def test_sizes():
    dictionary = toy_dictionary(d_model=8, d_sae=64)
    assert (dictionary.d_model, dictionary.d_sae) == (8, 64)


def test_latents_that_never_fire_are_not_alive():
    dictionary = latent_dictionary(torch.tensor([0.5, 0.0, 1e-6, 0.0, 1.0]))
    assert dictionary.alive.tolist() == [0, 2, 4]
    assert dictionary.alive.dtype == torch.int64


def test_the_logarithm_of_the_frequency():
    logs = latent_dictionary(torch.tensor([1.0, 0.1, 0.0])).log_frequency
    assert logs.dtype == torch.float64
    torch.testing.assert_close(logs[:2], torch.tensor([0.0, -1.0]).double(), atol=1e-7, rtol=0)
    assert logs[2] == -math.inf
