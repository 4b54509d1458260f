"""The smoothed memoriser: stored activations, moved by the least noise that breaks no rule."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from synact_bench.activations import RealActivations
from synact_bench.dictionary import Dictionary
from synact_bench.errors import SynactError
from synact_bench.generators.base import GeneratorCard
from synact_bench.scoring.copying import MARGIN, Closeness, Finding, Stored, closeness, copying
from synact_bench.scoring.data_copying import cell_centres
from synact_bench.scoring.diversity import RealSpread, diversity, real_spread
from synact_bench.scoring.pool import Pool

NEIGHBOURS = 16
"""Nearest others that give an activation's noise its shape."""
PARKED = 2000
"""Most train activations that stand for held-out real while the noise is sized."""
PARKED_SHARE = 0.2
TRIED = 800
"""Activations made to try a size."""
SIZE = 400
"""Activations of a sample that is to pass."""
ERRORS = 4
"""Standard errors of a share, in such a sample, by which it keeps clear of what a rule allows."""
SAFETY = 0.25
"""Share of what the rule of C_T allows that is used up."""
LARGEST = 2.0
"""Size beyond which none is looked for: the neighbours' own spread is 1."""
STEPS = 6
"""Halvings of the range of sizes: the last is of 1/32."""
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
        self._size = smallest(lambda size: judge.breaks(stored[ids] + size * noise))
        self._rows = real.tensor

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` moved activations, ``[n, d_model]``."""
        ids = torch.randint(len(self._rows), (n,), generator=rng)
        made: Tensor = self._rows[ids] + self._size * _noise(self._rows, ids, rng=rng)
        return made


@dataclass(frozen=True, eq=False)
class Judge:
    """The rules of copying and collapse, with the parked activations for held-out real ones.

    Attributes:
        stored: what could have been copied: the train pool without the parked.
        heldout: closeness of the parked ones to it.
        real: how much parked ones vary.
        dictionary: tells which latents fire.
        seed: of the splits that calibrate C_T, the same for every size.
    """

    stored: Stored
    heldout: Closeness
    real: RealSpread | None
    dictionary: Dictionary
    seed: int

    @classmethod
    def of(cls, heldout: Tensor, stored: Tensor, dictionary: Dictionary, *, seed: int) -> Judge:
        """Calibrate the rules on parked activations ``[m, d_model]``."""
        pool = Pool(stored.numpy())
        held = heldout.numpy()
        rng = np.random.default_rng(seed)
        known = Stored(pool, cell_centres(pool.rows, rng=rng))
        fires = _fires(dictionary, heldout)
        spread = real_spread(held, n=TRIED, rng=rng, latents=fires)
        return cls(known, closeness(held, known), spread, dictionary, seed)

    def breaks(self, made: Tensor) -> bool:
        """Whether activations ``[n, d_model]`` break a rule, or use up what it allows."""
        sample = made.numpy()
        found = closeness(sample, self.stored)
        copied = copying(found, self.heldout, rng=np.random.default_rng(self.seed))
        if any(_near_limit(each) for each in copied.findings):
            return True
        fires = _fires(self.dictionary, made)
        return bool(diversity(sample, self.real, latents=fires).flags)


def smallest(breaks: Callable[[float], bool]) -> float:
    """The smallest size, to 1/32, that does not break a rule; 2 if none up to it does not."""
    low, high = 0.0, LARGEST
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if breaks(middle) else (low, middle)
    return high


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


def _near_limit(finding: Finding) -> bool:
    """Whether a sample made like this one may well break a rule.

    One draw differs by chance from the next, and parked rows from those that the harness holds
    out: on layers 1, 5 and 10 of SmolLM2-135M the share of authentic ones by .004, .014 and .009.
    A margin of a quarter of what each rule allows left a share of 1 in 2 closer than 3 standard
    errors on layer 5: 1 of 12 draws of 400 was flagged. Four errors ask more of such shares than
    of those near 0, which vary less. ``python -m benchmarks.memoriser`` measures it.
    """
    if finding.threshold is not None and finding.p is None:
        return finding.value < SAFETY * finding.threshold
    excess = finding.value - finding.expected
    if finding.threshold is None:  # the only share that copying makes small
        excess = -excess
    error = math.sqrt(finding.value * (1 - finding.value) / SIZE)
    return excess + ERRORS * error > MARGIN


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


def _fires(dictionary: Dictionary, activations: Tensor) -> np.ndarray:
    fires: np.ndarray = (dictionary.encode(activations) > 0).numpy()
    return fires


def _seed(rng: torch.Generator) -> int:
    return int(torch.randint(2**31, (), generator=rng))
