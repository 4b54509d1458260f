"""The noise floor: how far real is from itself."""

from __future__ import annotations

import math
from collections.abc import Sequence

from synact_bench.metrics import Metric
from synact_bench.scoring.sample import Sample, sample_distance


def noise_floor(metric: Metric, reference: Sample, draws: Sequence[Sample]) -> float | None:
    """Mean distance of other draws of real activations from the reference.

    Each draw has the same bases as the reference and its own real activations, so that it pairs
    with the reference as a row does. None without draws, or where a draw has no distance.
    """
    distances = [sample_distance(metric, reference, draw) for draw in draws]
    known = [each for each in distances if each is not None]
    if not known or len(known) < len(distances):
        return None
    return math.fsum(known) / len(known)
