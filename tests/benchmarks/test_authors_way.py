from __future__ import annotations

from typing import Any

import pytest
import torch

from benchmarks.authors_way import authors_curves
from synact_bench.engine.reference_impl import naive_curves
from tests.helpers.tiny import LAYERS, token_ids


@pytest.mark.parametrize(("kind", "centred"), [("gpt2", False), ("gpt2", True), ("llama", False)])
@pytest.mark.parametrize("write", [0, 1, LAYERS - 1])
def test_equals_the_naive_run(tiny, kind, centred, write):
    model, ids = tiny(kind, centred=centred), token_ids(3, 6)
    hooks: dict[str, Any] = {
        "write_hook": f"blocks.{write}.hook_resid_pre",
        "read_hook": f"blocks.{LAYERS - 1}.hook_resid_post",
    }
    base = model.capture(ids, hooks["write_hook"])[:, -1]
    points = torch.stack([base, 1.5 * base, -base, base.roll(1, 0)], dim=1)
    l2, kl = authors_curves(model, ids, points, **hooks)
    true_l2, true_kl = naive_curves(model, ids, points, **hooks)
    assert true_l2[:, 1:].min() > 1e-3  # the points do move the output
    torch.testing.assert_close(l2, true_l2, rtol=1e-6, atol=0)
    torch.testing.assert_close(kl.double(), true_kl, rtol=1e-3, atol=1e-5)


def test_every_hook_is_cached_and_every_position_unembedded(tiny, monkeypatch):
    model, ids = tiny("gpt2"), token_ids(1, 6)
    seen = []
    run = model.bridge.run_with_cache

    def watched(*args: object, **names: object) -> object:
        logits, cache = run(*args, **names)
        seen.append((names, logits.shape, set(cache.keys())))
        return logits, cache

    monkeypatch.setattr(model.bridge, "run_with_cache", watched)
    base = model.capture(ids, "blocks.1.hook_resid_pre")[:, -1]
    seen.clear()
    points = torch.stack([base, 2 * base], dim=1)
    authors_curves(
        model,
        ids,
        points,
        write_hook="blocks.1.hook_resid_pre",
        read_hook=f"blocks.{LAYERS - 1}.hook_resid_post",
    )
    ((names, shape, cached),) = seen
    assert names == {}
    assert shape == (2, 6, model.bridge.cfg.d_vocab)
    assert len(cached) > 40 * LAYERS
    assert {f"blocks.{layer}.attn.hook_q" for layer in range(LAYERS)} <= cached
