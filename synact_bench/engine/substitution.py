"""Substitution: what next-token prediction loses where an activation is written into a prompt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synact_bench.engine.divergence import KlReference
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

    Tables of logits are made for some prompts at a time: those of all would not fit where the
    vocabulary is large. Most is made without one.

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
        self._unembedding = sweeper.unembedding
        self._tokens = torch.from_numpy(tokens)
        self._at_once = max(1, held // (4 * len(self._unembedding.weight)))
        self._finals, self._mean_rows = (torch.empty(native.shape) for _ in range(2))
        self._normalisers = torch.empty(len(native), dtype=torch.float64)
        losses = torch.empty(tokens.shape, dtype=torch.float64)

        def take(rows: range, final: Tensor) -> None:
            place, normalisers = slice(rows.start, rows.stop), self._normalisers_of(final)
            losses[place] = self._losses(place, final, normalisers)
            self._finals[place] = final[:, 0].cpu()
            if self._unembedding.softcap is None:
                self._mean_rows[place] = self._mean_rows_at(final[:, 0])
            self._normalisers[place] = normalisers[:, 0]

        sweeper.answers(native, take)
        self.losses: NDArray[np.float64] = losses.numpy()
        """Of the prompts as they are, ``[prompts, positions]``; NaN as in ``Substituted``."""

    def of(self, activations: Tensor) -> Substituted:
        """The prompts with the activation of each replaced by one of ``[prompts, d_model]``."""
        losses = torch.empty(self._tokens.shape, dtype=torch.float64)
        kl = torch.empty(len(self._tokens), dtype=torch.float64)

        def take(rows: range, final: Tensor) -> None:
            place, normalisers = slice(rows.start, rows.stop), self._normalisers_of(final)
            losses[place] = self._losses(place, final, normalisers)
            change = self._mean_change(place, final[:, 0])
            kl[place] = (normalisers[:, 0] - self._normalisers[place] - change).clamp_min(0)

        self._sweeper.answers(activations, take)
        return Substituted(kl.numpy(), losses.numpy())

    def _normalisers_of(self, final: Tensor) -> Tensor:
        """Log normalisers ``[rows, positions]`` float64 of what is unembedded, on the CPU."""
        return self._unembedding.log_normaliser(final).cpu()

    def _losses(self, place: slice, final: Tensor, normalisers: Tensor) -> Tensor:
        """Losses ``[rows, positions]`` of what is unembedded, NaN where not known."""
        tokens = self._tokens[place]
        wanted = self._unembedding.logit(final, tokens.clamp_min(0).to(final.device))
        return (normalisers - wanted.double().cpu()).where(tokens >= 0, torch.nan)

    def _mean_rows_at(self, clean: Tensor) -> Tensor:
        """Mean rows of the unembedding after ``clean [rows, d_model]``, on the CPU."""
        parts = torch.split(clean, self._at_once)
        return torch.cat([KlReference.at(each, self._unembedding).mean_row for each in parts]).cpu()

    def _mean_change(self, place: slice, other: Tensor) -> Tensor:
        """How much logits change on average under the clean distribution, ``[rows]`` float64."""
        clean = self._finals[place].to(other.device)
        if self._unembedding.softcap is None:  # logits are linear in it, and so is their mean
            mean_rows = self._mean_rows[place].to(other.device)
            return ((other - clean).double() * mean_rows).sum(-1).cpu()
        pairs = zip(*(torch.split(each, self._at_once) for each in (clean, other)), strict=True)
        return torch.cat([self._change_of_table(*pair) for pair in pairs]).cpu()

    def _change_of_table(self, clean: Tensor, other: Tensor) -> Tensor:
        before, after = (self._unembedding.logits(each) for each in (clean, other))
        return (before.softmax(-1) * (after - before)).sum(-1, dtype=torch.float64)
