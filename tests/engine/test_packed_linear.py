from __future__ import annotations

import pytest
import torch
from torch import nn
from transformers.activations import ACT2FN
from transformers.pytorch_utils import Conv1D

from synact_bench.engine.packed_linear import PackedGatedMLP, PackedLinear, pack, packable
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


class Gated(nn.Module):
    """An MLP as Llama's: three projections around an activation."""

    def __init__(self, activation: nn.Module, **others: nn.Module) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(5, 7)
        self.up_proj = nn.Linear(5, 7)
        self.down_proj = nn.Linear(7, 5)
        self.act_fn = activation
        for name, module in others.items():
            self.add_module(name, module)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.down_proj(self.act_fn(self.gate_proj(x)) * self.up_proj(x))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("activation", [nn.SiLU(), ACT2FN["silu"]])
@pytest.mark.parametrize("leading", [(6,), (2, 3), (2, 1, 3)])
def test_a_gated_mlp_is_packed_whole(dtype, activation, leading):
    model = nn.Sequential(Gated(activation)).to(dtype)
    x = drawn(*leading, 5).to(dtype)
    with torch.inference_mode():
        before = model(x)
        pack(model, rows=ROWS)
        assert isinstance(model[0], PackedGatedMLP)
        torch.testing.assert_close(model(x), before)


@pytest.mark.parametrize(
    "other", [Gated(nn.GELU()), Gated(nn.SiLU(), norm=nn.LayerNorm(5))], ids=["gelu", "a norm too"]
)
def test_another_mlp_keeps_its_own_arithmetic(other):
    model = nn.Sequential(other)
    x = drawn(6, 5)
    with torch.inference_mode():
        before = model(x)
        pack(model, rows=ROWS)
        assert isinstance(model[0], Gated)
        assert isinstance(model[0].gate_proj, PackedLinear)
        torch.testing.assert_close(model(x), before)


def test_a_weight_stored_the_other_way_round_is_packed_too():
    model = nn.Sequential(Conv1D(4, 5))
    x = drawn(6, 5)
    with torch.inference_mode():
        before = model(x)
        pack(model, rows=ROWS)
        assert isinstance(model[0], PackedLinear)
        torch.testing.assert_close(model(x), before)


@pytest.mark.parametrize("onednn", [True, False])
@pytest.mark.parametrize("make", [lambda: nn.Linear(64, 32), lambda: Gated(nn.SiLU())])
def test_mixed_precision_rounds_operands_and_returns_float32(monkeypatch, onednn, make):
    if not onednn:
        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    model = nn.Sequential(make())
    x = drawn(ROWS, 64 if isinstance(model[0], nn.Linear) else 5)
    with torch.inference_mode():
        before = model(x)
        pack(model, rows=ROWS, precision="mixed")
        after = model(x)
    assert after.dtype == torch.float32
    assert not torch.equal(after, before)
    torch.testing.assert_close(after, before, rtol=0.05, atol=0.02)
