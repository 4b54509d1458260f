"""Interpolation between a train activation and one of its nearest neighbours."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.errors import SynactError
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn

NEIGHBOURS = 5
CHUNK = 512
"""Activations compared with the pool at a time."""


class NeighbourInterpolation:
    """A random point on the line from a train activation to one of its nearest others (SMOTE).

    Real by every measure that looks at the model's answer alone, and made of stored activations:
    what the rules of copying are there for.
    """

    card = GeneratorCard(
        name="neighbour-interpolation",
        version="1",
        track="unconditional",
        reference="arXiv 1106.1813",
        summary="Between a train activation and one of its 5 nearest neighbours.",
        parameters={"neighbours": NEIGHBOURS},
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Keep the train pool.

        Raises:
            SynactError: it holds no more activations than neighbours are wanted.
        """
        if len(real) <= NEIGHBOURS:
            raise SynactError(
                f"{len(real)} activations do not have {NEIGHBOURS} neighbours each",
                where=f"generator {self.card.name!r}",
                fix="give the train pool more text",
            )
        self._rows = real.tensor

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` points between neighbours, ``[n, d_model]``."""
        ids = torch.randint(len(self._rows), (n,), generator=rng)
        which = torch.randint(NEIGHBOURS, (n,), generator=rng)
        share = torch.rand(n, 1, generator=rng)
        made = torch.empty(n, self._rows.shape[1])
        for begin in range(0, n, CHUNK):
            chunk = slice(begin, begin + CHUNK)
            start = self._rows[ids[chunk]]
            apart = torch.cdist(start, self._rows)
            own = torch.arange(len(start))
            apart[own, ids[chunk]] = torch.inf
            nearest = apart.topk(NEIGHBOURS, largest=False).indices
            made[chunk] = start.lerp(self._rows[nearest[own, which[chunk]]], share[chunk])
        return made


NEIGHBOUR_INTERPOLATION = BuiltIn(NeighbourInterpolation, order=220, optional=True)
