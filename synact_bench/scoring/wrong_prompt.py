"""Wrong prompts: real paths dealt to the bases of other documents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.pair_sums import DocumentOrder


def dealt_wrong(real: CurveSample) -> CurveSample:
    """Each path of a draw of real activations, given to a base of another document.

    Every path is then real and none belongs where it stands: a score that sees the prompt must
    find it far from real, one that compares distributions alone cannot.

    Raises:
        ValueError: the paths are of fewer than two documents, or more than half of one.
    """
    order = DocumentOrder.of(real.documents)
    largest = int(np.diff(order.ends, prepend=0).max())
    if 2 * largest > len(real):
        raise ValueError(f"{largest} of {len(real)} paths are of one document")
    # Paths of one document lie side by side: farther than the largest is in another one.
    givers = np.roll(order.paths, largest)
    source = np.empty(len(real), dtype=np.int64)
    source[order.paths] = givers
    moved = real.on(real.bases[source])
    return replace(real, curves=moved.curves)
