from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from synact_bench.generators.firing import FiringChain

N = 4000


def fitted(fires: np.ndarray) -> FiringChain:
    return FiringChain.fitted(csr_matrix(fires.astype(np.float32)), rng=np.random.default_rng(0))


def drawn(fires: np.ndarray, n: int = 20_000) -> np.ndarray:
    return fitted(fires).draw(n, rng=np.random.default_rng(1))


def test_independent_latents_keep_their_frequencies():
    rates = np.array([0.5, 0.2, 0.05, 0.01])
    fires = np.random.default_rng(2).random((N, 4)) < rates
    assert np.abs(drawn(fires).mean(axis=0) - fires.mean(axis=0)).max() < 0.02


@pytest.mark.parametrize(("given_on", "given_off"), [(0.9, 0.1), (0.02, 0.6)])
def test_a_latent_fires_with_another_or_against_it_as_often_as_in_the_pool(given_on, given_off):
    source = np.random.default_rng(3)
    first = source.random(N) < 0.4
    second = source.random(N) < np.where(first, given_on, given_off)
    made = drawn(np.stack([first, second], axis=1))
    assert made[made[:, 0], 1].mean() == pytest.approx(given_on, abs=0.05)
    assert made[~made[:, 0], 1].mean() == pytest.approx(given_off, abs=0.05)


def test_groups_that_exclude_each_other_stay_apart():
    group = np.random.default_rng(4).integers(3, size=N)
    fires = np.repeat(group[:, None] == np.arange(3), 4, axis=1)
    made = drawn(fires).reshape(-1, 3, 4)
    whole = made.all(axis=2).sum(axis=1)
    assert (whole == 1).mean() > 0.8
    assert (made.any(axis=2).sum(axis=1) > 1).mean() < 0.15


def test_couplings_act_forward_alone():
    chain = fitted(np.random.default_rng(5).random((200, 6)) < 0.3)
    assert not np.tril(chain.couplings).any()
    assert np.triu(chain.couplings, k=1).any()


def test_the_same_source_gives_the_same_patterns():
    fires = np.random.default_rng(6).random((300, 5)) < 0.3
    assert (drawn(fires, 50) == drawn(fires, 50)).all()
    assert drawn(fires, 0).shape == (0, 5)
