from __future__ import annotations

import torch

from synact_bench.generators.noise_added import NoiseAdded
from tests.helpers.toys import rng_of, toy_dictionary, toy_real


def test_the_noise_is_as_long_as_the_error_of_that_very_base() -> None:
    dictionary, base = toy_dictionary(), toy_real(seed=4).tensor[:200]
    generator = NoiseAdded()
    generator.fit(toy_real(), dictionary, rng=rng_of(0))
    noise = generator.reconstruct(base, rng=rng_of(1)) - base
    error = dictionary.decode(dictionary.encode(base)) - base
    torch.testing.assert_close(noise.norm(dim=1), error.norm(dim=1), rtol=1e-4, atol=1e-4)
    # Isotropic: no direction of its own, and none of the error's.
    assert torch.nn.functional.normalize(noise, dim=1).mean(0).norm() < 0.2
    assert torch.cosine_similarity(noise, error, dim=1).mean().abs() < 0.1
