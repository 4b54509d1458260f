"""The least noise: how far stored activations must move before no rule of copying is broken."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synact_bench.core.dictionary import Dictionary
from synact_bench.similarity.copying import closeness, copying, limits, measures
from synact_bench.similarity.data_copying import cell_centres, nearest_centre
from synact_bench.similarity.diversity import RealSpread, diversity, real_spread
from synact_bench.similarity.pool import CHUNK, Pool, View
from synact_bench.similarity.rule import (
    MARGIN,
    Closeness,
    RuleResult,
    Seen,
    ShareRule,
    Stored,
)
from synact_bench.similarity.rules import RULES

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


@dataclass(frozen=True, eq=False)
class Tries:
    """Stored activations on their way along the noise: what their size changes is a sum.

    Attributes:
        pool: that they are compared with, ``[m, d_model]``.
        rows: where they start, ``[n, d_model]``.
        noise: of size 1, ``[n, d_model]``.
        at_start: ``pool.products(rows)``, ``[n, m]``.
        by_noise: what noise of size 1 adds to that, ``[n, m]``.
    """

    pool: Pool
    rows: NDArray[np.float32]
    noise: NDArray[np.float32]
    at_start: NDArray[np.float32]
    by_noise: NDArray[np.float32]

    @classmethod
    def of(cls, pool: Pool, rows: Tensor, noise: Tensor) -> Tries:
        """Prepare them: two products of matrices, whatever the number of sizes."""
        start, ways = rows.numpy(), noise.numpy()
        return cls(pool, start, ways, pool.products(start), ways @ pool.centred.T)

    def at(self, size: float) -> list[View]:
        """The pool as seen from the moved activations, some of them at a time."""
        moved = self.rows + np.float32(size) * self.noise
        views = []
        for start in range(0, len(moved), CHUNK):
            chunk = slice(start, start + CHUNK)
            products = np.float32(size) * self.by_noise[chunk]
            products += self.at_start[chunk]
            views.append(View(self.pool, moved[chunk], products))
        return views


@dataclass(frozen=True, eq=False)
class Judge:
    """The rules of copying and collapse, with parked activations for held-out real ones.

    Attributes:
        stored: what could have been copied: the train pool without the parked.
        heldout: closeness of the parked ones to it.
        limits: of statistics, by rule.
        real: how much parked ones vary.
        dictionary: tells which latents fire.
    """

    stored: Stored
    heldout: Closeness
    limits: Mapping[str, float | None]
    real: RealSpread | None
    dictionary: Dictionary

    @classmethod
    def of(cls, heldout: Tensor, stored: Tensor, dictionary: Dictionary, *, seed: int) -> Judge:
        """Calibrate the rules on parked activations ``[m, d_model]``."""
        pool = Pool(stored.numpy())
        held = heldout.numpy()
        rng = np.random.default_rng(seed)
        known = Stored(pool, cell_centres(pool.rows, rng=rng))
        spread = real_spread(held, n=TRIED, rng=rng, latents=_fires(dictionary, heldout))
        found = closeness(held, known)
        told = limits(found, n=TRIED, seed=seed)
        return cls(known, found, told, spread, dictionary)

    def breaks(self, views: Sequence[View]) -> bool:
        """Whether the activations of views break a rule, or use up what it allows."""
        judged = (copying(each, self.heldout, limits=self.limits) for each in self._found(views))
        if any(_near_limit(each) for found in judged for each in found.findings):
            return True
        made = np.concatenate([view.points for view in views])
        fires = _fires(self.dictionary, torch.from_numpy(made))
        return bool(diversity(made, self.real, latents=fires).flags)

    def _found(self, views: Sequence[View]) -> Iterator[Closeness]:
        """First what costs little to find and most often breaks a rule, then all."""
        seen = [Seen(view, self.stored) for view in views]
        asked = [rule for rule in RULES.values() if isinstance(rule, ShareRule)]
        near = Closeness(
            measures(seen, [rule for rule in asked if not rule.costly]),
            np.concatenate([nearest_centre(view.points, self.stored.cells) for view in views]),
        )
        yield near
        costly = measures(seen, [rule for rule in asked if rule.costly])
        yield replace(near, measured={**near.measured, **costly})


def smallest(breaks: Callable[[float], bool]) -> float | None:
    """The smallest size below 2, to 1/32, that does not break a rule; None if each one does."""
    low, high = 0.0, LARGEST
    found = None
    for _ in range(STEPS):
        middle = (low + high) / 2
        if breaks(middle):
            low = middle
        else:
            found = high = middle
    return found


def _near_limit(finding: RuleResult) -> bool:
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


def _fires(dictionary: Dictionary, activations: Tensor) -> np.ndarray:
    fires: np.ndarray = (dictionary.encode(activations) > 0).numpy()
    return fires
