"""The sweep as published scripts do it: the anchor that speed is compared with.

Every point is a copy of the whole prompt, every hook is cached and every position unembedded, one
path at a time. ``synact_bench.engine.reference_impl`` caches the read hook alone and is the truth
for values; this is the reference for cost.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from synact_bench.models.language_model import LanguageModel


@torch.inference_mode()
def authors_curves(
    model: LanguageModel, ids: Tensor, points: Tensor, *, write_hook: str, read_hook: str
) -> tuple[Tensor, Tensor]:
    """Run every path with TransformerLens' ``run_with_cache``.

    Args:
        model: the language model; its bridge is run.
        ids: ``[paths, n_ctx]``.
        points: activations to write at the last position, ``[paths, points, d_model]``.
        write_hook: where they are written.
        read_hook: where the residual stream is read.

    Returns:
        l2 and kl as in ``Curves``, each ``[paths, points]``, in the model's precision.
    """
    l2, kl = [], []
    for row, path in zip(ids, points, strict=True):

        def write(residual: Tensor, hook: Any, path: Tensor = path) -> Tensor:  # noqa: ARG001
            written = residual.clone()
            written[:, -1] = path
            return written

        with model.bridge.hooks(fwd_hooks=[(write_hook, write)]):
            logits, cache = model.bridge.run_with_cache(row.expand(len(path), -1))
        read = cache[read_hook][:, -1]
        logs = logits[:, -1].log_softmax(-1)
        l2.append((read - read[:1]).norm(dim=-1))
        kl.append((logs[:1].exp() * (logs[:1] - logs)).sum(-1))
    return torch.stack(l2), torch.stack(kl)
