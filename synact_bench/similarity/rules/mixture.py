"""Mixtures: does a row lie on the straight line between two stored activations?"""

from __future__ import annotations

from synact_bench.metrics.base import Floats
from synact_bench.similarity.mixture_detection import between
from synact_bench.similarity.rule import CloseRule, Seen


def lowest_cosine(seen: Seen) -> Floats:
    """Lowest cosine between a row's ways to two train activations, ``[n]``; -1 on their line."""
    return between(seen.view)


MIXTURE = CloseRule(
    name="mixture",
    measured="lowest cosine between the ways to two train activations",
    measure=lowest_cosine,
    costly=True,
    order=50,
)
