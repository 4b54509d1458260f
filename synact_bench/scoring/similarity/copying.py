"""Copying: is a sample made of stored real activations?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import betabinom, hypergeom

from synact_bench.metrics.base import Floats
from synact_bench.scoring.similarity.data_copying import copying_statistic, nearest_centre
from synact_bench.scoring.similarity.mixture_detection import between
from synact_bench.scoring.similarity.pool import Bools, Ids, Pool, Rows, lengths

RATE = 0.01
"""Share of held-out real that a threshold leaves below it."""
ALPHA = 0.001
MARGIN = 0.1
"""Least difference of a share from held-out's that is flagged."""


@dataclass(frozen=True, eq=False)
class Stored:
    """What could have been copied.

    Attributes:
        train: the pool that generators are fitted on.
        cells: centres that part it, from ``cell_centres``.
        foreign: the test pool, which no generator may have seen.
    """

    train: Pool
    cells: Floats
    foreign: Pool | None = None


@dataclass(frozen=True, eq=False)
class Closeness:
    """How close each row of a sample lies to what is stored; smaller is more copied.

    Attributes:
        nearest: distance from the nearest train activation, ``[n]``.
        authentic: True where that distance exceeds the train activation's own distance from the
            nearest other one, ``[n]`` (arXiv 2102.08921).
        angle: smallest angle to a train activation, seen from the origin, ``[n]``, radians.
        between: lowest cosine between the ways to two train activations, ``[n]``; -1 on the line
            between them.
        cell: number of the nearest cell centre, ``[n]``.
        foreign: distance from the nearest activation of the test pool, ``[n]``.
        echo: distance from the activation the generator was shown for the row, ``[n]``.

    What is None was not measured, and its rule is not tried.
    """

    nearest: Floats
    authentic: Bools
    angle: Floats | None
    between: Floats | None
    cell: Ids
    foreign: Floats | None = None
    echo: Floats | None = None

    def __len__(self) -> int:
        return len(self.nearest)


def closeness(points: Rows, stored: Stored, *, shown: Rows | None = None) -> Closeness:
    """Measure a sample ``[n, d_model]``, generated or held-out.

    Args:
        points: the sample.
        stored: what could have been copied.
        shown: for a conditioned generator, what it was shown for each row, ``[n, d_model]``.

    Raises:
        ValueError: the sample has no rows, or a row that is not finite.
    """
    if not len(points) or not np.isfinite(points).all():
        raise ValueError(f"{len(points)} rows, which must be finite and at least one")
    parts = [
        (view.nearest[0], view.authentic(), view.angle(), between(view))
        for view in stored.train.views(points)
    ]
    nearest, authentic, angle, lowest = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Closeness(
        nearest=nearest,
        authentic=authentic,
        angle=angle,
        between=lowest,
        cell=nearest_centre(points, stored.cells),
        foreign=None if stored.foreign is None else stored.foreign.nearest(points)[0],
        echo=None if shown is None else lengths(points.astype(np.float64) - shown),
    )


@dataclass(frozen=True)
class Finding:
    """What one rule says of a sample.

    Attributes:
        rule: its name, which is the flag.
        value: what was measured: a share of the rows, or C_T.
        expected: the same for held-out real; 0 for C_T.
        threshold: the value below which a row counts towards the share, or C_T is flagged; None
            for ``not-authentic``, which compares each row with its own neighbour.
        p: chance that real activations would show as extreme a share; None for C_T.
        flagged: whether the rule is broken.
    """

    rule: str
    value: float
    expected: float
    threshold: float | None
    p: float | None
    flagged: bool


@dataclass(frozen=True)
class Copying:
    """What all rules say of a sample; a rule that could not be tried is absent."""

    n: int
    findings: tuple[Finding, ...]

    @property
    def flags(self) -> tuple[str, ...]:
        """The rules broken."""
        return tuple(finding.rule for finding in self.findings if finding.flagged)


def copying(sample: Closeness, heldout: Closeness, *, limit: float | None) -> Copying:
    """Compare a sample's closeness with that of held-out real of documents not in any pool.

    Rules of closeness, each by the share of rows at or below a threshold that 1 % of held-out
    rows reach: ``near-duplicate`` (nearest), ``rescaled`` (angle), ``mixture`` (between),
    ``test-pool`` (foreign), ``echo`` (echo, by the threshold of nearest). That of ``test-pool`` is
    at least that of ``near-duplicate``: a text that repeats itself would bring it to 0, and a
    copy that differs by rounding past it. Flagged where real would show such a share with a
    chance below 0.001 and it exceeds held-out's by a tenth of the rows: a generator may well
    differ a little from real in how close it comes.

    ``not-authentic``: the share of authentic rows is lower than held-out's, by the same two
    measures. Among kinds of real activation (the cells) that share differs by less than a tenth.

    ``data-copying``: C_T below ``limit``.

    Args:
        sample: of the generated rows.
        heldout: of held-out real, measured against the same pools.
        limit: the C_T below which a sample of this size copies, from ``copying_threshold``; where
            it is None the rule is not tried.
    """
    nearest, foreign = heldout.nearest, heldout.foreign
    findings = [
        _close("near-duplicate", sample.nearest, nearest),
        _close("test-pool", sample.foreign, foreign, least=_reach(nearest)),
        _not_authentic(sample.authentic, heldout.authentic),
        _data_copying(sample, heldout, limit=limit),
        _close("mixture", sample.between, heldout.between),
        _close("rescaled", sample.angle, heldout.angle),
        _close("echo", sample.echo, nearest),
    ]
    return Copying(len(sample), tuple(each for each in findings if each is not None))


def _reach(real: Floats) -> float:
    """What 1 % of held-out rows do not exceed."""
    return float(np.sort(real)[max(int(RATE * len(real)), 1) - 1])


def _close(
    rule: str, values: Floats | None, real: Floats | None, *, least: float = -math.inf
) -> Finding | None:
    if values is None or real is None:
        return None
    reach = _reach(real)
    threshold = max(reach, least)
    below = int((real <= threshold).sum())
    hits = int((values <= threshold).sum())
    share, expected = hits / len(values), below / len(real)
    # The rank of a new value among real ones is uniform: exact where the threshold is one of
    # them. If it lies between two, or several are equal to it, it does not reach beyond the next.
    exact = threshold == reach and (real == reach).sum() == 1
    rank = below if exact else min(below + 1, len(real))
    p = float(betabinom.sf(hits - 1, len(values), rank, len(real) + 1 - rank))
    return Finding(rule, share, expected, threshold, p, p < ALPHA and share - expected > MARGIN)


def _not_authentic(sample: Bools, heldout: Bools) -> Finding:
    n, m = len(sample), len(heldout)
    hits, known = int(sample.sum()), int(heldout.sum())
    p = float(hypergeom.cdf(hits, n + m, hits + known, n))
    share, expected = hits / n, known / m
    flagged = p < ALPHA and expected - share > MARGIN
    return Finding("not-authentic", share, expected, None, p, flagged)


def _data_copying(sample: Closeness, heldout: Closeness, *, limit: float | None) -> Finding | None:
    value = copying_statistic(sample.nearest, sample.cell, heldout.nearest, heldout.cell)
    if value is None or limit is None:
        return None
    return Finding("data-copying", value, 0.0, limit, None, value < limit)
