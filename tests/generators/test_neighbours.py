from __future__ import annotations

import pytest
import torch

from synact_bench.core.errors import SynactError
from synact_bench.generators.neighbours import NEIGHBOURS, NeighbourInterpolation
from tests.helpers.toys import rng_of, toy_dictionary, toy_real


def samples(real, n: int) -> torch.Tensor:
    generator = NeighbourInterpolation()
    generator.fit(real, toy_dictionary(), rng=rng_of(0))
    return generator.generate(n, rng=rng_of(1))


def test_samples_lie_between_an_activation_and_one_of_its_nearest():
    real = toy_real(n=60)
    rows, made = real.tensor, samples(real, 50)
    apart = torch.cdist(rows, rows).fill_diagonal_(torch.inf)
    nearest = apart.topk(NEIGHBOURS, largest=False).indices
    pairs = [(row, int(other)) for row in range(60) for other in nearest[row]]
    first, second = (rows[list(ids)] for ids in zip(*pairs, strict=True))
    ways = [(made[:, None] - ends[None]).norm(dim=2) for ends in (first, second)]
    detour = ways[0] + ways[1] - (first - second).norm(dim=1)
    assert detour.min(dim=1).values.max() < 1e-4


def test_any_of_the_neighbours_and_any_share_is_used():
    real = toy_real(n=NEIGHBOURS + 1)
    made = samples(real, 400)
    distances = torch.cdist(made, real.tensor).min(dim=1).values
    assert len(made.unique(dim=0)) == 400
    assert distances.max() > torch.pdist(real.tensor).median() / 4


def test_samples_do_not_depend_on_the_chunk(monkeypatch):
    whole = samples(toy_real(), 30)
    monkeypatch.setattr("synact_bench.generators.neighbours.CHUNK", 7)
    assert torch.allclose(samples(toy_real(), 30), whole, atol=1e-5)


def test_too_few_neighbours_are_refused():
    with pytest.raises(SynactError, match="5 activations do not have 5 neighbours each"):
        samples(toy_real(n=5), 1)
    assert samples(toy_real(n=6), 0).shape == (0, 8)
