from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.errors import SynactError
from synact_bench.generators import smoothed_memoriser
from synact_bench.generators.least_noise import LARGEST
from synact_bench.generators.smoothed_memoriser import NEIGHBOURS, SmoothedMemoriser, parked
from synact_bench.similarity.copying import closeness, copying, limits
from synact_bench.similarity.data_copying import cell_centres
from synact_bench.similarity.diversity import diversity, real_spread
from synact_bench.similarity.pool import Pool
from synact_bench.similarity.rule import Stored
from tests.helpers.clusters import Clusters
from tests.helpers.toys import rng_of, toy_dictionary, toy_real

N = 400


@pytest.fixture(scope="module")
def split() -> tuple[RealActivations, Tensor]:
    """A train pool in clusters, and held-out rows that no generator is given."""
    rng = np.random.default_rng(0)
    rows = torch.from_numpy(Clusters.draw(rng=rng, d=8).rows(4000, rng=rng))
    return pool_of(rows[:3000]), rows[3000:]


@pytest.fixture(scope="module")
def fitted(split: tuple[RealActivations, Tensor]) -> SmoothedMemoriser:
    return memoriser(split[0])


def pool_of(rows: Tensor) -> RealActivations:
    return RealActivations(rows, tuple(f"doc-{row // 4}" for row in range(len(rows))))


def memoriser(real: RealActivations, *, seed: int = 0) -> SmoothedMemoriser:
    generator = SmoothedMemoriser()
    generator.fit(real, toy_dictionary(), rng=rng_of(seed))
    return generator


def flags(made: Tensor, real: RealActivations, heldout: Tensor) -> set[str]:
    """Rules broken by the thresholds of rows that the generator has not seen."""
    pool, held, sample = Pool(real.tensor.numpy()), heldout.numpy(), made.numpy()
    rng = np.random.default_rng(1)
    stored = Stored(pool, cell_centres(pool.rows, rng=rng))
    known = closeness(held, stored)
    told = limits(known, n=len(sample), seed=1)
    found = copying(closeness(sample, stored), known, limits=told)
    spread = diversity(sample, real_spread(held, n=len(sample), rng=rng))
    return {*found.flags, *spread.flags}


@pytest.mark.parametrize("seed", range(4))
def test_no_rule_is_broken_beside_rows_that_it_has_not_seen(split, fitted, seed: int) -> None:
    assert flags(fitted.generate(N, rng=rng_of(seed)), *split) == set()


def test_less_noise_breaks_a_rule(split, fitted) -> None:
    real, heldout = split
    less = SmoothedMemoriser()
    less.__dict__.update(vars(fitted) | {"_size": fitted._size / 2})
    assert {"not-authentic", "data-copying"} & flags(less.generate(N, rng=rng_of(0)), real, heldout)
    assert 0 < fitted._size < LARGEST


def test_it_repeats_with_the_rng_and_only_then(split, fitted) -> None:
    again = memoriser(split[0])
    assert again._size == fitted._size
    made = fitted.generate(N, rng=rng_of(7))
    assert torch.equal(again.generate(N, rng=rng_of(7)), made)
    assert not torch.equal(fitted.generate(N, rng=rng_of(8)), made)


def test_noise_keeps_to_the_directions_of_the_neighbours() -> None:
    flat = toy_real(n=200).tensor.clone()
    flat[:, 5:] = 1.5
    made = memoriser(pool_of(flat)).generate(50, rng=rng_of(1))
    assert torch.allclose(made[:, 5:], torch.full((50, 3), 1.5), atol=1e-5)
    assert made[:, :5].unique(dim=0).shape[0] == 50


def test_noise_has_the_second_moments_of_the_ways_to_the_neighbours() -> None:
    rows = toy_real(n=NEIGHBOURS + 1).tensor
    ids = torch.zeros(20000, dtype=torch.int64)
    noise = smoothed_memoriser._noise(rows, ids, rng=rng_of(2))
    ways = rows[1:] - rows[0]
    expected = ways.T @ ways / NEIGHBOURS
    found = noise.T @ noise / len(noise)
    assert (found - expected).norm() < 0.05 * expected.norm()


def test_noise_does_not_depend_on_the_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, ids = toy_real().tensor, torch.arange(30)
    whole = smoothed_memoriser._noise(rows, ids, rng=rng_of(3))
    monkeypatch.setattr("synact_bench.generators.smoothed_memoriser.CHUNK", 7)
    assert torch.allclose(smoothed_memoriser._noise(rows, ids, rng=rng_of(3)), whole, atol=1e-4)


FOUND = [
    (8, 600, 0, 0.8125, [[5.8416, 6.2681, 2.3160], [1.0657, 5.5677, -4.1979]]),
    (8, 600, 1, 0.96875, [[6.3955, -1.2919, -2.2117], [-1.2807, 0.4664, 2.4208]]),
    (16, 1000, 2, 1.15625, [[0.7782, 7.0923, 4.6728], [4.3918, 0.3727, 3.4094]]),
]
"""Width, activations and seed of a pool, the size found in it and the first numbers made: recorded
when every rule was tried again at every size."""


@pytest.mark.parametrize(("d_model", "n", "seed", "size", "first"), FOUND)
def test_the_size_and_the_activations_are_the_recorded_ones(
    d_model: int, n: int, seed: int, size: float, first: list[list[float]]
) -> None:
    rng = np.random.default_rng(seed)
    rows = torch.from_numpy(Clusters.draw(rng=rng, d=d_model).rows(n, rng=rng))
    generator = SmoothedMemoriser()
    generator.fit(pool_of(rows), toy_dictionary(d_model=d_model), rng=rng_of(seed))
    assert generator._size == size
    made = generator.generate(5, rng=rng_of(seed + 1))
    torch.testing.assert_close(made[:2, :3], torch.tensor(first), atol=1e-3, rtol=0)


def test_where_no_size_will_do_the_row_is_flagged(split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoothed_memoriser, "_noise", lambda rows, ids, *, rng: 0 * rows[ids])
    fitted = memoriser(split[0])
    assert fitted._size == LARGEST
    assert "near-duplicate" in flags(fitted.generate(N, rng=rng_of(0)), *split)


def test_documents_are_parked_whole_but_for_one() -> None:
    real = toy_real(n=400)
    held, stored = parked(real, rng=rng_of(4))
    assert (len(held), len(stored)) == (80, 320)
    documents = {
        tuple(row): name for row, name in zip(real.tensor.tolist(), real.documents, strict=True)
    }
    here, there = ({documents[tuple(row)] for row in part.tolist()} for part in (held, stored))
    assert len(here & there) <= 1
    assert len(here) == 20


def test_a_pool_of_one_document_is_parted_by_rows() -> None:
    rows = toy_real(n=100).tensor
    held, stored = parked(RealActivations(rows, ("one",) * 100), rng=rng_of(5))
    assert (len(held), len(stored)) == (20, 80)


def test_too_few_activations_are_refused() -> None:
    with pytest.raises(SynactError, match="31 activations are too few to park some"):
        memoriser(toy_real(n=31))
    assert memoriser(toy_real(n=32)).generate(0, rng=rng_of(0)).shape == (0, 8)
