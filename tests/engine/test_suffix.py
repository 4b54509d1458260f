from __future__ import annotations

import pytest
import torch
from torch import Tensor
from transformers import Gemma2Config, Gemma2ForCausalLM

from synact_bench.engine.suffix import Suffix
from synact_bench.models.language_model import LanguageModel
from tests.helpers.tiny import (
    ARCHITECTURES,
    D_MODEL,
    LAYERS,
    WINDOW,
    token_ids,
)

EVERY = torch.arange(8)
POSITIONS = [5, 3, 1]


def answered(
    model: LanguageModel, ids: Tensor, *, position: int, read_layer: int = LAYERS - 1
) -> tuple[Suffix, Tensor, Tensor]:
    """The runner, and what it gives when the model's own activations are written at block 1."""
    runner = Suffix(model, position=position, write_layer=1, read_layer=read_layer)
    base = model.capture(ids, "blocks.1.hook_resid_pre")[:, position, None]
    with torch.inference_mode():
        return runner, *runner.run(base, runner.context(ids), EVERY[: len(ids)])


@pytest.mark.parametrize(("kind", "centred"), ARCHITECTURES)
@pytest.mark.parametrize("position", POSITIONS)
def test_an_unchanged_activation_gives_the_models_own_output(tiny, kind, centred, position):
    model, ids = tiny(kind, centred=centred), token_ids(3, 6)
    runner, _, final = answered(model, ids, position=position)
    with torch.inference_mode():
        logits = runner.unembedding.logits(final)[:, 0]
        torch.testing.assert_close(logits, model.plain(ids).logits[:, -1], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("kind", "centred"), ARCHITECTURES)
@pytest.mark.parametrize("position", POSITIONS)
def test_the_residual_is_read_after_the_read_block_at_the_end(tiny, kind, centred, position):
    model, ids = tiny(kind, centred=centred), token_ids(2, 6)
    _, residual, _ = answered(model, ids, position=position, read_layer=2)
    own = model.capture(ids, "blocks.3.hook_resid_pre")[:, -1:]
    torch.testing.assert_close(residual, own, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("position", POSITIONS)
def test_the_context_holds_the_blocks_from_the_write_layer_on(tiny, position):
    model, ids = tiny("llama"), token_ids(3, 6)
    runner = Suffix(model, position=position, write_layer=2, read_layer=LAYERS - 1)
    context = runner.context(ids)
    assert sorted(context.layers) == [2, 3]
    keys, values = context.layers[2]
    assert keys.shape == values.shape == (3, 2, position, D_MODEL // 4)
    later = model.capture(ids, "blocks.2.hook_resid_pre")[:, position + 1 :]
    assert torch.equal(context.later, later)


def without_window(model: LanguageModel) -> LanguageModel:
    """The same weights where every block sees every token."""
    config = model.plain.config.to_dict() | {"layer_types": ["full_attention"] * LAYERS}
    wide = Gemma2ForCausalLM(Gemma2Config(**config))
    wide.load_state_dict(model.plain.state_dict())
    return LanguageModel(wide.eval().requires_grad_(False), model.tokenizer, centred=False)


@pytest.mark.parametrize("position", POSITIONS)
def test_a_window_hides_what_is_further_back(tiny, position):
    model = tiny("gemma2")
    ids = token_ids(2, 6)
    keys, _ = Suffix(model, position=position, write_layer=0, read_layer=0).context(ids).layers[0]
    assert keys.shape[2] == min(position, WINDOW - 1)
    # Block 0 alone, which has the window: what is beyond it does not matter, what is in it does.
    narrow = Suffix(model, position=position, write_layer=0, read_layer=0)
    wide = Suffix(without_window(model), position=position, write_layer=0, read_layer=0)
    point = model.capture(ids, "blocks.0.hook_resid_pre")[:1, position, None]
    changed = ids[:1].clone()
    changed[0, 0] = (ids[0, 0] + 1) % 90
    with torch.inference_mode():
        found = {
            runner: [
                runner.run(point, runner.context(row), EVERY[:1])[0] for row in (ids[:1], changed)
            ]
            for runner in (narrow, wide)
        }
    assert torch.equal(*found[narrow])
    assert not torch.equal(*found[wide])


def test_the_models_weights_are_shared_not_copied(tiny):
    model = tiny("gpt2")
    own = {parameter.data_ptr() for parameter in model.plain.parameters()}
    runner = Suffix(model, position=5, write_layer=2, read_layer=LAYERS - 1)
    used = {parameter.data_ptr() for parameter in runner._body.parameters()}
    assert used
    assert used <= own
