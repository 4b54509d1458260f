"""Collapse: does a sample vary as much as real activations do?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.similarity.manifold import Support, coverage, precision
from synact_bench.similarity.pool import Bools, Matrix

K = 5
DRAWS = 8
FEWEST = 10
"""Rows without which nothing is said."""
HALF = 0.5
WITHIN = 0.9
FLAG = "collapsed"


@dataclass(frozen=True)
class Spread:
    """How much a sample varies.

    Attributes:
        effective_rank: directions it varies in (``effective_rank``).
        distinct_rows: different rows.
        coverage: share of the balls of held-out real that hold one of its rows, 0 to 1.
        precision: share of its rows within a ball of held-out real, 0 to 1.
        distinct_latents: latents that fire in any of its rows; None if the latents are not known.
    """

    effective_rank: float
    distinct_rows: int
    coverage: float
    precision: float
    distinct_latents: int | None


@dataclass(frozen=True)
class Diversity:
    """A sample's spread beside that of real samples of the same size.

    Attributes:
        spread: the sample's; None where rows are too few.
        lowest: of each number, the lowest among the real draws; None likewise.
        flags: ``("collapsed",)`` or nothing.
    """

    spread: Spread | None
    lowest: Spread | None
    flags: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class RealSpread:
    """What real samples of one size show.

    Attributes:
        size: rows of each sample compared.
        support: the balls of held-out real, k = 5.
        lowest: of each number, the lowest over the draws.
    """

    size: int
    support: Support
    lowest: Spread


def real_spread(
    heldout: Matrix, *, n: int, rng: np.random.Generator, latents: Bools | None = None
) -> RealSpread | None:
    """Measure 8 draws of ``n`` rows from one half of held-out real against the other half.

    Each draw is without replacement; a half with fewer than ``n`` rows is drawn whole. None where
    a draw would have fewer than 10 rows.

    Args:
        heldout: real activations ``[m, d_model]`` that no generator was fitted on.
        n: rows of the samples to be judged.
        rng: source of the halves and draws.
        latents: which latents fire in each held-out row, ``[m, d_sae]``.
    """
    size = min(n, len(heldout) // 2)
    if size < FEWEST:
        return None
    order = rng.permutation(len(heldout))
    spare, kept = np.array_split(order, 2)
    support = Support.of(heldout[kept], k=K)
    draws = []
    for _ in range(DRAWS):
        ids = rng.choice(spare, size=size, replace=False)
        draws.append(_spread(heldout[ids], support, None if latents is None else latents[ids]))
    return RealSpread(size, support, _lowest(draws))


def diversity(
    sample: Matrix, real: RealSpread | None, *, latents: Bools | None = None
) -> Diversity:
    """Judge a sample ``[n, d_model]``; ``real`` was measured for its ``n``.

    Flagged where the effective rank, the distinct rows or the distinct latents are below half of
    the lowest real draw's: eight draws of one size differ by a tenth or so, so half is far outside
    them. So is a coverage below half, if the precision is at least nine tenths of the lowest
    draw's: such a sample lies within real and leaves most of it out. A sample outside real covers
    little of it however much it varies; that is for its score to say.

    Args:
        sample: generated activations. Only the first rows are used if held-out real has too few
            to compare them all.
        real: what real shows; None where that is not known, and nothing is flagged.
        latents: which latents fire in each row, ``[n, d_sae]``.
    """
    if real is None or len(sample) < real.size:
        return Diversity(None, None, ())
    own = latents if latents is None else latents[: real.size]
    spread = _spread(sample[: real.size], real.support, own)
    return Diversity(spread, real.lowest, (FLAG,) if collapsed(spread, real.lowest) else ())


def kept_apart(
    made: Matrix,
    bases: Matrix,
    real: RealSpread | None,
    *,
    latents: tuple[Bools, Bools] | None = None,
) -> Diversity:
    """Judge reconstructions ``[n, d_model]`` beside the activations that they are of.

    Flagged where the distinct rows are below half of the bases': different activations then have
    one reconstruction. Whatever passes on less than the whole activation has a lower effective
    rank and fewer latents than its bases, and is no worse for it: these numbers are told, and
    nothing is asked of them.

    Args:
        made: the reconstructions.
        bases: what each is of, ``[n, d_model]``.
        real: the support that coverage and precision are of; None where it is not known, and
            nothing is flagged.
        latents: which latents fire in each reconstruction and in each base, ``[n, d_sae]`` each.

    Returns:
        The bases' spread stands in the place of the lowest real draw's.
    """
    if real is None or len(made) < real.size:
        return Diversity(None, None, ())
    fires = (None, None) if latents is None else tuple(each[: real.size] for each in latents)
    own, theirs = (
        _spread(rows[: real.size], real.support, each)
        for rows, each in zip((made, bases), fires, strict=True)
    )
    one_for_many = own.distinct_rows < HALF * theirs.distinct_rows
    return Diversity(own, theirs, (FLAG,) if one_for_many else ())


def effective_rank(rows: Matrix) -> float:
    """Exponential of the entropy of the normalised eigenvalues of the covariance.

    Roy and Vetterli, EUSIPCO 2007. Unit: directions; from 1 to the lesser of ``n - 1`` and
    ``d_model``; 0 for rows that do not vary.
    """
    centred = rows - rows.mean(axis=0, dtype=np.float64)
    wide = centred.shape[0] < centred.shape[1]
    values = np.linalg.eigvalsh(centred @ centred.T if wide else centred.T @ centred)
    total = values.sum()
    if total <= np.finfo(np.float32).eps ** 2 * float((rows.astype(np.float64) ** 2).sum()):
        return 0.0
    shares: Floats = values[values > np.finfo(np.float64).eps * total] / total
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _spread(rows: Matrix, support: Support, latents: Bools | None) -> Spread:
    inside = support.inside(rows)
    return Spread(
        effective_rank=effective_rank(rows),
        distinct_rows=len(np.unique(rows, axis=0)),
        coverage=coverage(inside),
        precision=precision(inside),
        distinct_latents=None if latents is None else int(latents.any(axis=0).sum()),
    )


def _lowest(draws: list[Spread]) -> Spread:
    latents = [each.distinct_latents for each in draws if each.distinct_latents is not None]
    return Spread(
        effective_rank=min(each.effective_rank for each in draws),
        distinct_rows=min(each.distinct_rows for each in draws),
        coverage=min(each.coverage for each in draws),
        precision=min(each.precision for each in draws),
        distinct_latents=min(latents) if latents else None,
    )


def collapsed(own: Spread, real: Spread) -> bool:
    """Whether a sample varies too little beside real ones, by the rule of ``diversity``."""
    return bool(short_of(own, real))


def short_of(own: Spread, real: Spread) -> dict[str, tuple[float, float]]:
    """By name of the number, a sample's own and the limit that it falls below; empty if none."""
    return {
        name: (mine, limit) for name, (mine, limit) in limits(own, real).items() if mine < limit
    }


def limits(own: Spread, real: Spread) -> dict[str, tuple[float, float]]:
    """By name of each number that ``diversity`` looks at, a sample's own and its limit."""
    pairs: dict[str, tuple[float | None, float | None]] = {
        name: (getattr(own, name), getattr(real, name))
        for name in ("effective_rank", "distinct_rows", "distinct_latents")
    }
    if own.precision >= WITHIN * real.precision:
        pairs["coverage"] = (own.coverage, real.coverage)
    return {
        name: (mine, HALF * theirs)
        for name, (mine, theirs) in pairs.items()
        if mine is not None and theirs is not None
    }
