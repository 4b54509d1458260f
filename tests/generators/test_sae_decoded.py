from __future__ import annotations

import torch

from synact_bench.generators.contract import draw
from synact_bench.generators.sae_decoded import SaeDecoded
from tests.helpers.toys import rng_of, toy_dictionary, toy_real


def test_it_is_the_dictionary_s_reconstruction_of_the_very_base():
    dictionary, base = toy_dictionary(), toy_real(seed=4).tensor[:90]
    generator = SaeDecoded()
    generator.fit(toy_real(), dictionary, rng=rng_of(0))
    made = draw(generator, base, rng=rng_of(1), d_model=8)
    torch.testing.assert_close(made, dictionary.decode(dictionary.encode(base)))
