from __future__ import annotations

import torch

from synact_bench.generators.reconstruction import SaeReconstruction
from tests.helpers.toys import rng_of, toy_dictionary, toy_real


def test_every_row_is_the_reconstruction_of_a_train_activation():
    real, dictionary = toy_real(n=40), toy_dictionary()
    generator = SaeReconstruction()
    generator.fit(real, dictionary, rng=rng_of(0))
    drawn = generator.generate(25, rng=rng_of(1))
    known = dictionary.decode(dictionary.encode(real.tensor))
    nearest = (drawn[:, None] - known).abs().amax(-1).min(1)
    assert nearest.values.max() < 1e-4
    assert len(torch.unique(nearest.indices)) > 10
