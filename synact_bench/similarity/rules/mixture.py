"""Mixtures: does a row lie on the straight line between two stored activations?"""

from __future__ import annotations

from synact_bench.metrics.base import Floats
from synact_bench.similarity.mixture_detection import between
from synact_bench.similarity.rule import CloseRule, Seen


def lowest_cosine(seen: Seen) -> Floats:
    """Lowest cosine between a row's ways to two train activations, ``[n]``; -1 on their line."""
    return between(seen.view)


OPPOSITE = -0.7
"""Cosine from which two rows lie on opposite sides of a point: 134 degrees. Noise of two fifths of
the way to its ends leaves the middle of two rows there. In many dimensions held-out real may never
come near it; a Gaussian of the same covariance, long where real is long, then exceeds what real
reaches and is no mixture."""

MIXTURE = CloseRule(
    name="mixture",
    measured="lowest cosine between the ways to two train activations",
    measure=lowest_cosine,
    at_most=OPPOSITE,
    costly=True,
    order=50,
)
