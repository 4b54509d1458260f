"""KL divergence from a reference next-token distribution, without storing the logits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from synact_bench.engine.packed_linear import ROWS, PackedLinear

CHUNK = 2048
"""Vocabulary entries at once: a batch of points times this is as large as a batch should get."""


class Unembedding:
    """The map from the final norm to logits, cut into parts of the vocabulary.

    Args:
        weight: ``[d_vocab, d_model]``.
        bias: ``[d_vocab]`` or None.
        softcap: bound that logits approach; None for none.
        rows: points to expect at once; only a hint.
    """

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor | None,
        *,
        softcap: float | None = None,
        rows: int = ROWS,
    ) -> None:
        self.weight = weight
        self.bias = bias
        self.softcap = softcap
        self.parts = [PackedLinear(part, None, rows=rows) for part in torch.split(weight, CHUNK)]

    def logits(self, hidden: Tensor) -> Tensor:
        """Logits ``[..., d_vocab]`` of ``hidden [..., d_model]``."""
        return self.capped(self.uncapped(hidden))

    def uncapped(self, hidden: Tensor) -> Tensor:
        """What ``logits`` caps."""
        table = hidden.new_empty(*hidden.shape[:-1], len(self.weight))
        for place, part in self._by_part(hidden):
            table[..., place] = part
        return table

    def log_normaliser(self, hidden: Tensor) -> Tensor:
        """Log of the sum of the exponentials of the logits, ``[...]`` float64, without a table."""
        found = [self.capped(part).logsumexp(-1) for _, part in self._by_part(hidden)]
        return torch.stack(found, dim=-1).double().logsumexp(-1)

    def logit(self, hidden: Tensor, tokens: Tensor) -> Tensor:
        """Logit of one token each, ``tokens [...]`` int64, after ``hidden [..., d_model]``."""
        found = (hidden * self.weight[tokens]).sum(-1)
        return self.capped(found if self.bias is None else found + self.bias[tokens])

    def _by_part(self, hidden: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """A part of the vocabulary after another, and its logits before the cap."""
        for index, part in enumerate(self.parts):
            place = slice(index * CHUNK, (index + 1) * CHUNK)
            logits = part(hidden)
            yield place, logits if self.bias is None else logits + self.bias[place]

    def capped(self, logits: Tensor) -> Tensor:
        """Logits bent toward the cap, if there is one; else the same tensor."""
        if self.softcap is None:
            return logits
        return (logits / self.softcap).tanh_().mul_(self.softcap)

    def changed(self, first: Tensor, differences: Tensor) -> Tensor:
        """How much logits change when ``differences`` are added to the uncapped ``first``."""
        if self.softcap is None:
            return differences
        return self.capped(first + differences) - self.capped(first)


@dataclass(frozen=True, eq=False)
class KlReference:
    """What divergences of a path's points are measured from; computed once a path.

    Attributes:
        hidden: what is unembedded at the first point, ``[groups, d_model]``.
        probabilities: next-token distribution there, p(0), ``[groups, d_vocab]``.
        mean_row: mean row of the unembedding under p(0), ``[groups, d_model]``.
        uncapped: logits there before the cap, ``[groups, d_vocab]``; None where nothing is capped.
    """

    hidden: Tensor
    probabilities: Tensor
    mean_row: Tensor
    uncapped: Tensor | None

    @classmethod
    def at(
        cls, hidden: Tensor, unembedding: Unembedding, *, mean_row: Tensor | None = None
    ) -> KlReference:
        """The reference of paths whose first points unembed ``hidden [groups, d_model]``.

        Of all of it ``mean_row`` alone is small enough to be remembered: given, it is not computed.
        """
        uncapped = unembedding.uncapped(hidden)
        probabilities = unembedding.capped(uncapped)
        # In place: a block's distributions are the largest thing that a sweep holds.
        probabilities.sub_(probabilities.amax(-1, keepdim=True)).exp_()
        probabilities.div_(probabilities.sum(-1, keepdim=True))
        if mean_row is None:
            mean_row = probabilities @ unembedding.weight
        kept = None if unembedding.softcap is None else uncapped
        return cls(hidden, probabilities, mean_row, kept)


def kl_from_first(hidden: Tensor, unembedding: Unembedding) -> Tensor:
    """KL(p(0) || p(n)) in nats between each group's first point and all its points.

    Args:
        hidden: what is unembedded, ``[groups, points, d_model]``.
        unembedding: its bias shifts p(0) and cancels in differences of logits.

    Returns:
        ``[groups, points]``, at least 0; the first column is 0.
    """
    every = torch.arange(len(hidden), device=hidden.device)
    return kl_from(KlReference.at(hidden[:, 0], unembedding), every, hidden, unembedding)


def kl_from(
    reference: KlReference, groups: Tensor, hidden: Tensor, unembedding: Unembedding
) -> Tensor:
    r"""KL(p(0) || p(n)) in nats between a reference and points.

    With logit differences d = l(n) - l(0) and any centre c, writing x = d - c and E for the mean
    under p(0), the divergence is log(1 + E[exp(x) - 1]) - E[x]. With c near E[d] both means are
    small and nothing large cancels: one pass over the vocabulary, and small divergences near the
    first point keep their digits. An error of c itself cancels.

    Args:
        reference: of all paths of a block.
        groups: which of them the points belong to, ``[groups]`` int64.
        hidden: what is unembedded, ``[groups, points, d_model]``.
        unembedding: as the reference was made with.

    Returns:
        ``[groups, points]``, at least 0; exactly 0 where ``hidden`` is the reference's own.
    """
    moved = hidden - reference.hidden[groups, None]
    mean_row = reference.mean_row[groups, :, None]
    centres = unembedding.changed(reference.hidden[groups, None] @ mean_row, moved @ mean_row)
    ratio = mean = torch.zeros((), dtype=torch.float64, device=hidden.device)
    # One product over all groups: a product for each would leave the processor half idle.
    rows = moved.flatten(0, 1)
    columns = torch.split(reference.probabilities, CHUNK, dim=-1)
    for index, (part, column) in enumerate(zip(unembedding.parts, columns, strict=True)):
        weight = column[groups, None]
        differences = part(rows).view(*moved.shape[:2], -1)
        if reference.uncapped is not None:
            before = reference.uncapped[groups, None, index * CHUNK : (index + 1) * CHUNK]
            differences = unembedding.changed(before, differences)
        differences.sub_(centres)
        # Multiplied and summed: as a product with one column this is eight times slower.
        mean = mean + (differences * weight).sum(-1).double()
        ratio = ratio + differences.expm1_().mul_(weight).sum(-1).double()
    divergence = (ratio.log1p() - mean).clamp_min(0).to(hidden.dtype)
    overflown = ~divergence.isfinite().all(-1)
    if overflown.any():  # beyond 88 nats exp leaves float32: rare, and worth the slow way
        for group in overflown.nonzero().flatten().tolist():  # one at a time: logits are large
            first = reference.hidden[groups[group]]
            divergence[group] = _plain(first, moved[group], unembedding)
    return divergence


def _plain(first: Tensor, moved: Tensor, unembedding: Unembedding) -> Tensor:
    """Divergences ``[points]`` of one group, by way of its logits in float64."""
    uncapped = unembedding.uncapped(first).double()
    start = unembedding.capped(uncapped).log_softmax(-1)
    linear = torch.nn.functional.linear(moved, unembedding.weight).double()
    differences = unembedding.changed(uncapped, linear)
    # Zero difference gives exactly zero: both normalisers are then the same sum.
    normaliser = (start + differences).logsumexp(-1) - start.logsumexp(-1)
    return (normaliser - (start.exp() * differences).sum(-1)).to(moved.dtype)
