from __future__ import annotations

from typing import Any

import pytest
import torch

from synact_bench.engine.reference_impl import naive_curves
from tests.helpers.tiny import LAYERS, token_ids

HOOKS: dict[str, Any] = {
    "write_hook": "blocks.1.hook_resid_pre",
    "read_hook": f"blocks.{LAYERS - 1}.hook_resid_post",
}


@pytest.mark.parametrize("position", [-1, 3])
def test_writing_another_prompts_token_in_block_0_is_that_prompt(tiny, position):
    """At the first block a position is its token's embedding alone."""
    model = tiny("llama")
    ids = token_ids(1, 6).expand(2, -1).clone()
    ids[1, position] = (ids[0, position] + 1) % 90
    where = HOOKS | {"write_hook": "blocks.0.hook_resid_pre"}
    points = model.capture(ids, where["write_hook"])[None, :, position]
    l2, kl = naive_curves(model, ids[:1], points, **where, position=position)
    logs = model.plain(ids).logits[:, -1].double().log_softmax(-1)
    expected = (logs[0].exp() * (logs[0] - logs[1])).sum()
    torch.testing.assert_close(kl[0, 1], expected, rtol=1e-4, atol=1e-6)
    _, cache = model.bridge.run_with_cache(ids)
    ends = cache[HOOKS["read_hook"]][:, -1]
    torch.testing.assert_close(l2[0, 1], (ends[1] - ends[0]).norm(), rtol=1e-4, atol=1e-5)


def test_shapes_and_first_points(tiny):
    model = tiny("gpt2")
    ids = token_ids(3, 6)
    base = model.capture(ids, HOOKS["write_hook"])[:, -1]
    points = torch.stack([base, 2 * base, -base, 0 * base], dim=1)
    l2, kl = naive_curves(model, ids, points, **HOOKS)
    assert l2.shape == kl.shape == (3, 4)
    assert kl.dtype == torch.float64
    assert (l2[:, 0] == 0).all()
    assert (kl[:, 0] == 0).all()
    assert (l2[:, 1:] > 0).all()
    assert (kl[:, 1:] > 0).all()
