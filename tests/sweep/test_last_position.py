from __future__ import annotations

import pytest
import torch

from synact_bench.errors import SubjectError
from synact_bench.sweep.last_position import LastPosition
from tests.helpers.tiny import D_MODEL, LAYERS, token_ids

EVERY = torch.arange(8)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_an_unchanged_activation_gives_the_models_own_output(tiny, kind):
    model = tiny(kind)
    ids = token_ids(3, 6)
    runner = LastPosition(model, write_layer=1, read_layer=LAYERS - 1)
    base = model.capture(ids, "blocks.1.hook_resid_pre")[:, -1:]
    with torch.inference_mode():
        _, final = runner.run(base, runner.prefix(ids), EVERY[: len(ids)], position=5)
        logits = runner.unembedding.logits(final)[:, 0]
        torch.testing.assert_close(logits, model.plain(ids).logits[:, -1])


def test_the_residual_is_read_after_the_read_block(tiny):
    model = tiny("gpt2")
    ids = token_ids(2, 6)
    runner = LastPosition(model, write_layer=1, read_layer=2)
    base = model.capture(ids, "blocks.1.hook_resid_pre")[:, -1:]
    with torch.inference_mode():
        residual, _ = runner.run(base, runner.prefix(ids), EVERY[: len(ids)], position=5)
    torch.testing.assert_close(residual, model.capture(ids, "blocks.3.hook_resid_pre")[:, -1:])


def test_the_prefix_holds_the_blocks_from_the_write_layer_on(tiny):
    runner = LastPosition(tiny("llama"), write_layer=2, read_layer=LAYERS - 1)
    prefix = runner.prefix(token_ids(3, 6))
    assert sorted(prefix) == [2, 3]
    keys, values = prefix[2]
    assert keys.shape == values.shape == (3, 2, 5, D_MODEL // 4)


def test_the_models_weights_are_shared_not_copied(tiny):
    model = tiny("gpt2")
    own = {parameter.data_ptr() for parameter in model.plain.parameters()}
    runner = LastPosition(model, write_layer=2, read_layer=LAYERS - 1)
    used = {parameter.data_ptr() for parameter in runner._body.parameters()}
    assert used
    assert used <= own


@pytest.mark.parametrize(
    "field", ["final_logit_softcapping", "attn_logit_softcapping", "logit_scale"]
)
def test_refuses_arithmetic_it_does_not_reproduce(tiny, monkeypatch, field):
    model = tiny("llama")
    monkeypatch.setattr(model.plain.config, field, 30.0, raising=False)
    with pytest.raises(SubjectError, match=f"{field} is set"):
        LastPosition(model, write_layer=1, read_layer=LAYERS - 1)
