"""The test pool: does a row lie next to an activation that no generator may have seen?"""

from __future__ import annotations

from synact_bench.metrics.base import Floats
from synact_bench.similarity.pool import Matrix
from synact_bench.similarity.rule import CloseRule, Seen, Stored
from synact_bench.similarity.rules.near_duplicate import NEAR_DUPLICATE

ROUNDING = 1e-3
"""Difference of a coordinate between two captures of one activation, on two machines perhaps."""


def foreign(seen: Seen) -> Floats | None:
    """Distance of each row from the nearest activation of the test pool, ``[n]``."""
    pool = seen.stored.foreign
    return None if pool is None else pool.nearest(seen.view.points)[0]


def foreign_of_heldout(rows: Matrix, stored: Stored) -> Floats:
    """Distance of each row from the nearest row of the test pool that is not itself, ``[n]``.

    Held-out real is part of the test pool. Where a row's twin is nearer than the row itself, it is
    the twin's own twin.
    """
    assert stored.foreign is not None
    nearest, ids = stored.foreign.nearest(rows)
    own = nearest <= ROUNDING * rows.shape[1] ** 0.5
    nearest[own] = stored.foreign.spacing(ids[own])
    return nearest


# A text that repeats itself would bring its threshold to 0, and a copy that differs by rounding
# past it: it is at least that of a near duplicate.
TEST_POOL = CloseRule(
    name="test-pool",
    measured="distance from the nearest test activation",
    measure=foreign,
    of_heldout=foreign_of_heldout,
    at_least=NEAR_DUPLICATE.name,
    of_draws=False,  # the design draws them from there
    order=20,
)
