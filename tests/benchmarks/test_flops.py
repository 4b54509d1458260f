from __future__ import annotations

import re

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.flops import ModelShape
from synact_bench.models.language_model import sharing_copy
from tests.helpers.tiny import LAYERS, token_ids

BLOCK = re.compile(r"\.(?:h|layers)\.(\d+)$")


def counted(model, *, write_layer: int, n_ctx: int) -> int:
    """What torch counts when the last of ``n_ctx`` tokens runs on the others' keys and values."""
    plain = sharing_copy(model.plain)
    plain.set_attn_implementation("eager")  # its products are counted one by one
    ids = token_ids(1, n_ctx)
    with torch.no_grad():
        past = plain(ids[:, :-1], use_cache=True).past_key_values
        counter = FlopCounterMode(display=False)
        with counter:
            plain(ids[:, -1:], past_key_values=past)
    total = 0
    for name, flop in counter.get_flop_counts().items():
        block = BLOCK.search(name)
        if name.endswith(".lm_head") or (block and int(block[1]) >= write_layer):
            total += sum(flop.values())
    return total


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
@pytest.mark.parametrize("write_layer", [0, 1, LAYERS - 1])
@pytest.mark.parametrize("n_ctx", [2, 9])
def test_is_what_torch_counts(tiny, kind, write_layer, n_ctx):
    model = tiny(kind)
    found = ModelShape.of(model).point_flop(write_layer=write_layer, n_ctx=n_ctx)
    assert found == counted(model, write_layer=write_layer, n_ctx=n_ctx)


def test_a_model_of_known_size():
    """SmolLM2-135M: 3,538,944 weights a block, a vocabulary of 49,152 entries of 576."""
    shape = ModelShape(
        n_layers=30,
        d_model=576,
        n_heads=9,
        n_kv_heads=3,
        d_head=64,
        d_mlp=1536,
        gated=True,
        d_vocab=49152,
    )
    attention = 29 * 2 * 2 * 9 * 64 * 10
    expected = 2 * (29 * 3_538_944 + 576 * 49152) + attention
    assert shape.point_flop(write_layer=1, n_ctx=10) == expected
