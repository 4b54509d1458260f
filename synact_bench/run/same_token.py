"""Token-matched partners: prompts of other documents that hold the token of a base."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import torch
from torch import Tensor

from synact_bench.assets.prompts import Prompts


@dataclass(frozen=True, eq=False)
class TokenPartners:
    """Prompts that share a token with their base.

    Attributes:
        prompts: one for each base that has a partner, in the order of the bases.
        rows: those bases, rising, as many.
    """

    prompts: Prompts
    rows: tuple[int, ...]

    def placed(self, activations: Tensor, bases: int) -> Tensor:
        """Activations of the partners at the rows of their bases, ``[bases, d_model]``.

        Rows of bases without a partner are NaN: such a pair makes no path.
        """
        placed = activations.new_full((bases, activations.shape[1]), torch.nan)
        placed[list(self.rows)] = activations
        return placed


def token_partners(pool: Prompts, bases: Prompts, position: int) -> TokenPartners:
    """For each base the first unused prompt of ``pool``, from another document, with its token.

    A base that finds none is left out: it is given no other token, and no prompt twice.

    Args:
        pool: in the order in which they are taken.
        bases: the first of more find the same partners.
        position: index in a prompt of the token that must be equal.
    """
    unused: dict[int, list[int]] = defaultdict(list)
    for row, token in enumerate(pool.ids[:, position].tolist()):
        unused[token].append(row)
    found: dict[int, int] = {}
    for base, token in enumerate(bases.ids[:, position].tolist()):
        own = bases.documents[base]
        partner = next((row for row in unused[token] if pool.documents[row] != own), None)
        if partner is not None:
            unused[token].remove(partner)
            found[base] = partner
    return TokenPartners(pool.take([*found.values()]), tuple(found))
