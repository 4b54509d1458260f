"""Substitution: what next-token prediction loses where an activation is written into a prompt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synact_bench.engine.divergence import Unembedding
from synact_bench.engine.sweeper import Sweeper

HELD = 1 << 27
"""Bytes of one copy of the logits that are held at once, about; a few copies are."""


@dataclass(frozen=True, eq=False)
class Substituted:
    """Every prompt with an activation in the place of its own.

    Attributes:
        kl: KL(clean || substituted) of the next-token distributions at the written position, in
            nats, at least 0, ``[prompts]`` float64.
        losses: minus the log probability of the true next token in nats, at the written position
            and at each later one of the prompt, ``[prompts, positions]`` float64; NaN where there
            is no next token.
    """

    kl: NDArray[np.float64]
    losses: NDArray[np.float64]


class Substitution:
    """Prompts whose activation at the written position is replaced, against themselves as they are.

    Logits are made for some prompts at a time: those of all would not fit where the vocabulary is
    large.

    Args:
        sweeper: of the prompts.
        native: the prompts' own activations, ``[prompts, d_model]``.
        tokens: true next tokens at the written position and at each later one, ``[prompts,
            positions]`` int64; -1 where there is none.
        held: bytes of one copy of the logits at once.
    """

    def __init__(
        self, sweeper: Sweeper, native: Tensor, tokens: NDArray[np.int64], *, held: int = HELD
    ) -> None:
        self._sweeper = sweeper
        self._tokens = torch.from_numpy(tokens)
        self._at_once = max(1, held // (4 * len(sweeper.unembedding.weight)))
        finals = torch.empty(native.shape)
        losses = torch.empty(tokens.shape, dtype=torch.float64)

        def take(rows: range, final: Tensor) -> None:
            finals[rows.start : rows.stop] = final[:, 0].cpu()
            losses[rows.start : rows.stop] = self._losses(rows, final)

        sweeper.answers(native, take)
        self._finals = finals
        self.losses: NDArray[np.float64] = losses.numpy()
        """Of the prompts as they are, ``[prompts, positions]``; NaN as in ``Substituted``."""

    def of(self, activations: Tensor) -> Substituted:
        """The prompts with the activation of each replaced by one of ``[prompts, d_model]``."""
        losses = torch.empty(self._tokens.shape, dtype=torch.float64)
        kl = torch.empty(len(self._tokens), dtype=torch.float64)

        def take(rows: range, final: Tensor) -> None:
            losses[rows.start : rows.stop] = self._losses(rows, final)
            clean = self._finals[rows.start : rows.stop].to(final.device)
            kl[rows.start : rows.stop] = torch.cat(
                [_kl(*pair, self._sweeper.unembedding) for pair in self._parts(clean, final[:, 0])]
            )

        self._sweeper.answers(activations, take)
        return Substituted(kl.numpy(), losses.numpy())

    def _losses(self, rows: range, final: Tensor) -> Tensor:
        """Losses ``[rows, positions]`` on the CPU of what is unembedded, NaN where not known."""
        tokens = self._tokens[rows.start : rows.stop].flatten().to(final.device)
        parts = self._parts(final.flatten(0, 1), tokens)
        found = [_loss(*pair, self._sweeper.unembedding) for pair in parts]
        return torch.cat(found).view(final.shape[:2]).cpu()

    def _parts(self, first: Tensor, second: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Rows of both, as many as may have logits at once."""
        return zip(*(torch.split(each, self._at_once) for each in (first, second)), strict=True)


def _loss(hidden: Tensor, tokens: Tensor, unembedding: Unembedding) -> Tensor:
    """Minus the log probability of ``tokens [n]`` after ``hidden [n, d_model]``; NaN for -1."""
    logits = unembedding.logits(hidden)
    wanted = logits.gather(1, tokens.clamp_min(0)[:, None])[:, 0].double()
    return (logits.logsumexp(-1).double() - wanted).where(tokens >= 0, torch.nan)


def _kl(clean: Tensor, other: Tensor, unembedding: Unembedding) -> Tensor:
    """KL(p || q) in nats ``[n]`` of next tokens after ``clean`` and ``other [n, d_model]``."""
    p, q = (unembedding.logits(each).log_softmax(-1) for each in (clean, other))
    divergence = torch.nn.functional.kl_div(q, p, reduction="none", log_target=True)
    return divergence.sum(-1, dtype=torch.float64).clamp_min(0).cpu()
