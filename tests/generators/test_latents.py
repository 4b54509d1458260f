from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from synact_bench.generators.latents import (
    ActiveLatents,
    LatentRanking,
    SparsityNeighbours,
    active_latents,
    decoded,
)
from tests.helpers.toys import latent_dictionary, toy_dictionary, toy_real


def test_active_latents_are_alive_and_ordered_by_value():
    dictionary = latent_dictionary(torch.tensor([0.1, 0.2, 0.0, 0.3, 0.4]))
    rows = torch.tensor([[1.0, 0.0, 9.0, 2.0, 1.0], [-1.0, -1.0, 5.0, 0.0, -2.0]])
    first, second = active_latents(dictionary, rows)
    assert first.ids.tolist() == [3, 0, 4]
    assert first.values.tolist() == [2.0, 1.0, 1.0]
    assert len(second) == 0


def test_decoding_active_latents_is_the_reconstruction():
    dictionary, real = toy_dictionary(), toy_real(n=10)
    rebuilt = decoded(dictionary, active_latents(dictionary, real.tensor))
    expected = dictionary.decode(dictionary.encode(real.tensor))
    assert torch.allclose(rebuilt, expected, atol=1e-5)


def test_no_latent_decodes_to_the_bias():
    dictionary = toy_dictionary()
    nothing = ActiveLatents(np.array([], dtype=np.int64), np.array([], dtype=np.float32))
    assert torch.allclose(decoded(dictionary, [nothing])[0], dictionary.bias)


@settings(deadline=None)
@given(data=st.data())
def test_nearest_agrees_with_a_search_of_every_latent(data):
    keys = np.array(data.draw(st.lists(st.integers(-9, 9), min_size=1, max_size=30)), float)
    ids = np.arange(len(keys)) * 2 + 1  # ids are not positions
    taken = np.zeros(2 * len(keys) + 1, dtype=np.bool_)
    taken[ids] = data.draw(st.lists(st.booleans(), min_size=len(keys), max_size=len(keys)))
    key = data.draw(st.floats(-12, 12))
    count = data.draw(st.integers(1, 12))
    found = LatentRanking(ids, keys).nearest(key, count, taken=taken)
    free = np.sort(np.abs(keys[~taken[ids]] - key))
    assert not taken[found].any()
    assert len(set(found.tolist())) == len(found)
    assert np.array_equal(np.abs(keys[(found - 1) // 2] - key), free[:count])


def test_neighbours_are_nearest_in_log_frequency():
    # Latent 1 fires at .01; .02 is nearer on a log scale than .001, .001 nearer on a linear one.
    dictionary = latent_dictionary(torch.tensor([0.001, 0.01, 0.0, 0.02, 0.5]))
    neighbours = SparsityNeighbours(dictionary)
    assert neighbours.of(1, 1).tolist() == [3]
    assert neighbours.of(1, 9).tolist() == [3, 0, 4]


def test_next_nearest_is_used_once_neighbours_are_taken():
    dictionary = latent_dictionary(torch.tensor([0.001, 0.01, 0.02, 0.5]))
    taken = np.array([False, False, True, False])
    assert SparsityNeighbours(dictionary).of(1, 1, taken=taken).tolist() == [0]


def test_a_latent_replaces_itself_only_when_nothing_else_is_left():
    dictionary = latent_dictionary(torch.tensor([0.1, 0.2, 0.0]))
    neighbours = SparsityNeighbours(dictionary)
    assert neighbours.of(0, 5, taken=np.array([True, False, False])).tolist() == [1]
    assert neighbours.of(0, 5, taken=np.array([False, True, False])).tolist() == [0]


def test_equal_frequencies_share_out_the_neighbours():
    neighbours = SparsityNeighbours(latent_dictionary(torch.full((60,), 0.1)))
    assert set(neighbours.of(30, 10).tolist()) == {25, 26, 27, 28, 29, 31, 32, 33, 34, 35}
