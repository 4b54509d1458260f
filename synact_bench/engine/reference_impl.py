"""The obvious way to sweep, whole prompts through TransformerLens hooks: slow, and the truth."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from synact_bench.models.language_model import LanguageModel


@torch.inference_mode()
def naive_curves(
    model: LanguageModel,
    ids: Tensor,
    points: Tensor,
    *,
    write_hook: str,
    read_hook: str,
    position: int = -1,
) -> tuple[Tensor, Tensor]:
    """Run every point as a copy of its whole prompt, one path at a time.

    Args:
        model: the language model; its bridge is run.
        ids: ``[paths, n_ctx]``.
        points: activations to write, ``[paths, points, d_model]``.
        write_hook: where they are written.
        read_hook: where the residual stream is read, at the last position.
        position: index in the prompt of the token that is written.

    Returns:
        l2 and kl as in ``Curves``, each ``[paths, points]`` on the CPU, kl computed in float64.
    """
    l2, kl = [], []
    for row, path in zip(ids.to(model.device), points.to(model.device), strict=True):
        seen: dict[str, Tensor] = {}

        def write(residual: Tensor, hook: Any, path: Tensor = path) -> Tensor:
            written = residual.clone()
            written[:, position] = path
            return written

        def read(residual: Tensor, hook: Any, seen: dict[str, Tensor] = seen) -> None:
            seen["read"] = residual[:, -1]

        logits = model.bridge.run_with_hooks(
            row.expand(len(path), -1), fwd_hooks=[(write_hook, write), (read_hook, read)]
        )
        logs = logits[:, -1].double().log_softmax(-1)
        l2.append((seen["read"] - seen["read"][:1]).norm(dim=-1))
        kl.append((logs[:1].exp() * (logs[:1] - logs)).sum(-1))
    return torch.stack(l2).cpu(), torch.stack(kl).cpu()
