"""Authenticity: is a row farther from its neighbour than that is from its own?"""

from __future__ import annotations

from synact_bench.similarity.pool import Bools
from synact_bench.similarity.rule import RareRule, Seen


def authentic(seen: Seen) -> Bools:
    """Whether a row's nearest train activation has a nearer neighbour, ``[n]`` (arXiv 2102.08921).

    Among kinds of real activation (the cells) the share that is authentic differs by less than a
    tenth.
    """
    return seen.view.authentic()


NOT_AUTHENTIC = RareRule(
    name="not-authentic",
    measured="farther from its nearest train activation than that one is from its own",
    measure=authentic,
    order=30,
)
