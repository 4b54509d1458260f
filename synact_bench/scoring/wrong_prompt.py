"""Wrong prompts: real paths dealt to the bases of other documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.pair_sums import DocumentOrder


def wrong_places(documents: Sequence[str]) -> NDArray[np.int64]:
    """For each path the place of one of another document, each taken once, ``[paths]``.

    Raises:
        ValueError: the paths are of fewer than two documents, or more than half of one.
    """
    order = DocumentOrder.of(documents)
    largest = int(np.diff(order.ends, prepend=0).max())
    if 2 * largest > len(documents):
        raise ValueError(f"{largest} of {len(documents)} paths are of one document")
    places = np.empty(len(documents), dtype=np.int64)
    # Paths of one document lie side by side: farther than the largest is in another one.
    places[order.paths] = np.roll(order.paths, largest)
    return places


def dealt_wrong(real: CurveSample) -> CurveSample:
    """Each path of a draw of real activations, given to a base of another document.

    Every path is then real and none belongs where it stands: a score that sees the prompt must
    find it far from real, one that compares distributions alone cannot.

    Raises:
        ValueError: as ``wrong_places``.
    """
    moved = real.on(real.bases[wrong_places(real.documents)])
    return replace(real, curves=moved.curves)
