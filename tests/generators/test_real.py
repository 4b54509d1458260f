from __future__ import annotations

import torch

from synact_bench.generators.real import RealHoldout
from tests.helpers.toys import rng_of, toy_dictionary, toy_real


def holdout(n: int):
    real = toy_real(n=50)
    generator = RealHoldout()
    generator.fit(real, toy_dictionary(), rng=rng_of(0))
    drawn = generator.generate(n, rng=rng_of(1))
    rows = (drawn[:, None] == real.tensor).all(-1)
    assert rows.any(1).all()
    return rows.int().argmax(1)


def test_every_row_is_a_different_stored_activation():
    rows = holdout(50)
    assert sorted(rows.tolist()) == list(range(50))
    assert rows.tolist() != list(range(50))


def test_more_than_the_pool_holds_are_drawn_with_replacement():
    assert len(torch.unique(holdout(60))) < 60
