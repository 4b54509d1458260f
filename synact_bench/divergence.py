"""KL divergence from a reference next-token distribution, without storing the logits."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.packed import ROWS, PackedLinear

CHUNK = 2048
"""Vocabulary entries at once: a few hundred points times this stays in the processor's cache."""


class Unembedding:
    """The map from the final norm to logits, cut into parts of the vocabulary.

    Args:
        weight: ``[d_vocab, d_model]``.
        bias: ``[d_vocab]`` or None.
        rows: points to expect at once; only a hint.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, *, rows: int = ROWS) -> None:
        self.weight = weight
        self.bias = bias
        self.parts = [PackedLinear(part, None, rows=rows) for part in torch.split(weight, CHUNK)]

    def logits(self, hidden: Tensor) -> Tensor:
        """Logits ``[..., d_vocab]`` of ``hidden [..., d_model]``."""
        return torch.nn.functional.linear(hidden, self.weight, self.bias)


def kl_from_first(hidden: Tensor, unembedding: Unembedding) -> Tensor:
    r"""KL(p(0) || p(n)) in nats between each group's first point and all its points.

    With logit differences d = l(n) - l(0) and their mean m under p(0), the divergence is
    log(1 + sum p(0) (exp(d - m) - 1)): a single pass over the vocabulary in which nothing large
    cancels, so that small divergences near the first point keep their digits.

    Args:
        hidden: what is unembedded, ``[groups, points, d_model]``.
        unembedding: its bias shifts p(0) and cancels in d.

    Returns:
        ``[groups, points]``, at least 0; the first column is 0.
    """
    exact = unembedding.logits(hidden[:, 0]).double().softmax(-1)
    moved = hidden - hidden[:, :1]
    mean = (moved.double() @ _expected_row(exact, unembedding.weight).unsqueeze(-1)).to(
        hidden.dtype
    )
    reference = exact.to(hidden.dtype)
    excess = torch.zeros_like(mean)
    columns = torch.split(reference.unsqueeze(-1), CHUNK, dim=1)
    # One product over all groups: a product for each would leave the processor half idle.
    rows, centres = moved.flatten(0, 1), mean.flatten(0, 1)
    for part, column in zip(unembedding.parts, columns, strict=True):
        ratios = part(rows).sub_(centres).expm1_()
        excess += ratios.view(*moved.shape[:2], -1) @ column
    divergence = excess.squeeze(-1).clamp_min(0).log1p()
    overflown = ~divergence.isfinite().all(-1)
    if overflown.any():  # beyond 88 nats exp leaves float32: rare, and worth the slow way
        divergence[overflown] = _plain(hidden[overflown], unembedding)
    return divergence


def _expected_row(reference: Tensor, unembedding: Tensor) -> Tensor:
    """Mean row of ``unembedding`` under ``reference [groups, d_vocab]``, in float64.

    An error of this mean is an error of the divergence, and float32 sums over a whole vocabulary
    are off by 1e-5 of what is summed.
    """
    mean = reference.new_zeros(len(reference), unembedding.shape[1])
    for start in range(0, len(unembedding), CHUNK):
        part = slice(start, start + CHUNK)
        mean += reference[:, part] @ unembedding[part].double()
    return mean


def _plain(hidden: Tensor, unembedding: Unembedding) -> Tensor:
    logs = unembedding.logits(hidden).double().log_softmax(-1)
    return (logs[:, :1].exp() * (logs[:, :1] - logs)).sum(-1).to(hidden.dtype)
