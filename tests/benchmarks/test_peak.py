from __future__ import annotations

import time

import pytest
import torch

from benchmarks import peak
from benchmarks.flops import ModelShape
from benchmarks.peak import Peak, shapes


@pytest.fixture
def clock(monkeypatch):
    """A clock that says a product takes 2 s, but those of ``fast`` sizes 1 s."""

    class Clock:
        now = 0.0
        fast = 0.5
        calls = 0

        def __call__(self) -> float:
            self.calls += 1
            self.now += 0 if self.calls % 2 else self.fast
            return self.now

    made = Clock()
    monkeypatch.setattr(time, "perf_counter", made)
    return made


def test_the_best_rate_ever_seen_is_kept(clock):
    found = Peak([(3, 4, 5), (6, 7, 8)])
    assert (found.flop_per_second, found.found) == (0, "not measured")
    found.measure()
    assert found.flop_per_second == 2 * 6 * 7 * 8 / 0.5
    assert found.found == "linear 6x7x8"
    clock.fast = 2.0
    found.measure()
    assert found.flop_per_second == 2 * 6 * 7 * 8 / 0.5
    clock.fast = 0.25
    found.measure()
    assert found.flop_per_second == 2 * 6 * 7 * 8 / 0.25


@torch.inference_mode()
def test_both_ways_are_the_same_product():
    linear, packed = peak._both_ways(6, 5, 4).values()
    assert linear().shape == (6, 4)
    torch.testing.assert_close(linear(), packed())


def test_the_model_s_own_products_are_tried_once_each():
    model = ModelShape(
        n_layers=2,
        d_model=8,
        n_heads=4,
        n_kv_heads=2,
        d_head=3,
        d_mlp=20,
        gated=True,
        d_vocab=5000,
    )
    own = [(8, 12), (8, 6), (12, 8), (8, 20), (20, 8), (8, 2048)]
    assert shapes(model, rows=7) == [(2048, 2048, 2048), *((7, *each) for each in own)]
