from __future__ import annotations

import pytest
import torch
from torch import nn

from synact_bench.packed import PackedLinear, pack, packable
from tests.helpers.toys import rng_of

ROWS = 12


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=rng_of(len(shape)))


@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("leading", [(ROWS,), (1,), (50,), (3, 4), (2, 3, 2)])
def test_is_the_same_product(biased, leading):
    weight, bias = drawn(7, 5), drawn(7) if biased else None
    x = drawn(*leading, 5)
    with torch.inference_mode():
        found = PackedLinear(weight, bias, rows=ROWS)(x)
    torch.testing.assert_close(found, nn.functional.linear(x, weight, bias))


def test_float64_is_left_as_it_is():
    weight = drawn(7, 5).double()
    assert not packable(weight)
    layer = PackedLinear(weight, None, rows=ROWS)
    assert layer.weight is weight
    x = drawn(4, 5).double()
    assert torch.equal(layer(x), x @ weight.T)


def test_without_onednn_nothing_is_packed(monkeypatch):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    weight = drawn(7, 5)
    assert not packable(weight)
    x = drawn(4, 5)
    torch.testing.assert_close(PackedLinear(weight, None, rows=ROWS)(x), x @ weight.T)


def test_packing_reaches_every_linear_layer_and_nothing_else():
    model = nn.Sequential(nn.Linear(5, 4), nn.Sequential(nn.ReLU(), nn.Linear(4, 3, bias=False)))
    x = drawn(6, 5)
    with torch.inference_mode():
        before = model(x)
        pack(model, rows=ROWS)
        kinds = [type(module) for module in model.modules()]
        assert nn.Linear not in kinds
        assert kinds.count(PackedLinear) == 2
        assert kinds.count(nn.ReLU) == 1
        torch.testing.assert_close(model(x), before)
