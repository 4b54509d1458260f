from __future__ import annotations

import dataclasses
import pickle

import pytest
import torch

from synact_bench.core.activations import ACTIVATIONS_PER_DIMENSION
from synact_bench.testing.fixtures import Fixture, tiny, wide
from tests.helpers.toys import toy_dictionary, toy_real


def test_one_seed_is_one_ground():
    assert torch.equal(tiny(3).real.tensor, tiny(3).real.tensor)
    assert torch.equal(tiny(3).base, tiny(3).base)
    assert not torch.equal(tiny(3).real.tensor, tiny(4).real.tensor)


@pytest.mark.parametrize(("made", "d_model"), [(tiny, 16), (wide, 576)])
def test_the_pool_is_large_enough_for_a_covariance(made, d_model):
    real = made().real
    assert real.d_model == d_model
    assert len(real) >= ACTIVATIONS_PER_DIMENSION * real.d_model
    assert len(set(real.documents)) == len(real) / 4


def test_no_base_is_in_the_pool():
    fixture = tiny()
    assert torch.cdist(fixture.base, fixture.real.tensor).min() > 1e-3


@pytest.mark.parametrize("made", [tiny, wide])
def test_the_dictionary_is_that_of_the_pool(made):
    fixture = made()
    dictionary, real = fixture.dictionary, fixture.real.tensor
    latents = dictionary.encode(real)
    alive = dictionary.firing_frequency > 0
    assert int((~alive).sum()) == 4
    expected = (latents > 0).float().mean(0)
    torch.testing.assert_close(dictionary.firing_frequency[alive], expected[alive])
    error = (dictionary.decode(latents) - real).square().sum()
    assert error < 0.5 * (real - fixture.real.mean).square().sum()
    assert torch.allclose(dictionary.directions.norm(dim=-1), torch.ones(dictionary.d_sae))


def test_it_can_be_pickled():
    copy = pickle.loads(pickle.dumps(tiny()))
    assert torch.equal(copy.dictionary.encode(copy.base), tiny().dictionary.encode(tiny().base))


def test_a_copy_shares_no_tensor():
    fixture = tiny()
    copy = fixture.copy()
    for tensor in (
        copy.real.tensor,
        copy.base,
        copy.dictionary.directions,
        copy.dictionary.bias,
        copy.dictionary.firing_frequency,
    ):
        tensor.zero_()
    assert torch.equal(fixture.real.tensor, tiny().real.tensor)
    assert torch.equal(fixture.base, tiny().base)
    assert torch.equal(fixture.dictionary.directions, tiny().dictionary.directions)
    assert torch.equal(fixture.dictionary.bias, tiny().dictionary.bias)
    assert torch.equal(fixture.dictionary.firing_frequency, tiny().dictionary.firing_frequency)


def test_halved_is_another_pool():
    fixture = tiny()
    assert torch.equal(fixture.halved().real.tensor, fixture.real.tensor / 2)
    assert fixture.halved().real.documents == fixture.real.documents


@pytest.mark.parametrize("shape", [(3, 8), (8,), (0, 8)])
def test_too_few_bases_are_refused(shape):
    with pytest.raises(ValueError, match="n >= 4"):
        Fixture(toy_real(), toy_dictionary(), torch.zeros(shape))


def test_widths_must_agree():
    with pytest.raises(ValueError, match="pool 8, dictionary 8, bases 9"):
        Fixture(toy_real(), toy_dictionary(), torch.zeros(4, 9))
    with pytest.raises(ValueError, match="pool 16, dictionary 8, bases 16"):
        dataclasses.replace(tiny(), dictionary=toy_dictionary())
