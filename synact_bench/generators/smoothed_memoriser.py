"""The smoothed memoriser: stored activations, moved by the least noise that breaks no rule."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.errors import SynactError
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn
from synact_bench.generators.least_noise import (
    ERRORS,
    LARGEST,
    SAFETY,
    TRIED,
    Judge,
    Tries,
    smallest,
)

NEIGHBOURS = 16
"""Nearest others that give an activation's noise its shape."""
PARKED = 2000
"""Most train activations that stand for held-out real while the noise is sized."""
PARKED_SHARE = 0.2
CHUNK = 512
"""Activations compared with the pool at a time."""


class SmoothedMemoriser:
    """A stored train activation plus normal noise with the shape of its neighbourhood.

    The noise of an activation has the second moments of the ways to its 16 nearest others, times
    the square of one size for all. ``fit`` finds the smallest size at which no rule of copying or
    collapse is broken: it parks documents of the train pool in the place of held-out real and
    bisects. At none of the sizes is anything learnt but this number. A method that is not above
    this row has shown nothing that storing does not.
    """

    card = GeneratorCard(
        name="smoothed-memoriser",
        version="1",
        track="unconditional",
        summary="A stored activation plus the least noise, shaped by its neighbours, that breaks "
        "no rule of copying or collapse.",
        parameters={"neighbours": NEIGHBOURS, "errors": ERRORS, "safety": SAFETY},
    )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Keep the train pool and find the size of the noise.

        Where no size tried will do, the largest is taken, and a board flags the row by the rule
        that it breaks: a control must not stop a board.

        Raises:
            SynactError: it holds too few activations to have neighbours with some parked.
        """
        needed = 2 * NEIGHBOURS
        if len(real) < needed:
            raise SynactError(
                f"{len(real)} activations are too few to park some and find {NEIGHBOURS} "
                f"neighbours among the others: at least {needed} are needed",
                where=f"generator {self.card.name!r}",
                fix="give the train pool more text",
            )
        heldout, stored = parked(real, rng=rng)
        ids = torch.randint(len(stored), (TRIED,), generator=rng)
        noise = _noise(stored, ids, rng=rng)
        judge = Judge.of(heldout, stored, dictionary, seed=_seed(rng))
        tries = Tries.of(judge.stored.train, stored[ids], noise)
        size = smallest(lambda size: judge.breaks(tries.at(size)))
        self._size = LARGEST if size is None else size
        self._rows = real.tensor

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` moved activations, ``[n, d_model]``."""
        ids = torch.randint(len(self._rows), (n,), generator=rng)
        made: Tensor = self._rows[ids] + self._size * _noise(self._rows, ids, rng=rng)
        return made


def parked(real: RealActivations, *, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Activations of documents drawn at random, at most 2000 or a fifth, and all others.

    Whole documents, as held-out real activations are of documents that the train pool has none
    of; one document at most is cut in two.
    """
    documents = {name: place for place, name in enumerate(dict.fromkeys(real.documents))}
    places = torch.randperm(len(documents), generator=rng)
    order = places[[documents[each] for each in real.documents]].argsort(stable=True)
    count = min(PARKED, int(PARKED_SHARE * len(real)))
    return real.tensor[order[:count]], real.tensor[order[count:]]


def _noise(rows: Tensor, ids: Tensor, *, rng: torch.Generator) -> Tensor:
    """Normal noise for the given rows of a pool, at size 1: ``[len(ids), d_model]``."""
    weights = torch.randn(len(ids), NEIGHBOURS, generator=rng) / NEIGHBOURS**0.5
    noise = torch.empty(len(ids), rows.shape[1])
    for begin in range(0, len(ids), CHUNK):
        chunk = slice(begin, begin + CHUNK)
        start = rows[ids[chunk]]
        apart = torch.cdist(start, rows)
        apart[torch.arange(len(start)), ids[chunk]] = torch.inf
        nearest = apart.topk(min(NEIGHBOURS, len(rows) - 1), largest=False).indices
        ways = rows[nearest] - start[:, None]
        noise[chunk] = torch.einsum("nk,nkd->nd", weights[chunk], ways)
    return noise


def _seed(rng: torch.Generator) -> int:
    return int(torch.randint(2**31, (), generator=rng))


SMOOTHED_MEMORISER = BuiltIn(SmoothedMemoriser, order=120)
