"""Standard errors of the differences of many pairs of rows, found together.

A board of 200 rows has 19 900 pairs, in each of a dozen rankings: one by one, most of the time goes
into calling.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.scoring.each_row import THREADS
from synact_bench.scoring.estimate import LEVEL, NORMAL_SPAN, Estimate

CHUNK = 64
"""Pairs worked on at once: their differences stay in the processor's cache."""
FEW = 2 * CHUNK
"""Pairs that are not worth threads."""


def paired_errors(
    estimates: Sequence[Estimate], pairs: Sequence[tuple[int, int]], *, threads: int = THREADS
) -> list[float | None]:
    """``(first - second).standard_error`` of each pair, to the bit; it depends on no ``threads``.

    Args:
        estimates: of the rows.
        pairs: places of two of them each.
        threads: that work at once.
    """
    place, replicates = _alike(estimates)
    found: dict[tuple[int, int], float | None] = {
        (first, second): (estimates[first] - estimates[second]).standard_error
        for first, second in pairs
        if first not in place or second not in place
    }
    left = [pair for pair in pairs if pair not in found]
    chunks = [left[start : start + CHUNK] for start in range(0, len(left), CHUNK)]

    def errors(chunk: Sequence[tuple[int, int]]) -> list[float]:
        first, second = ([place[pair[side]] for pair in chunk] for side in (0, 1))
        low, high = interval_ends(replicates[first] - replicates[second])
        widths: list[float] = ((high - low) / NORMAL_SPAN).tolist()
        return widths

    if len(left) <= FEW:
        results = list(map(errors, chunks))
    else:
        with ThreadPoolExecutor(threads) as pool:
            results = list(pool.map(errors, chunks))
    for chunk, widths in zip(chunks, results, strict=True):
        found.update(zip(chunk, widths, strict=True))
    return [found[pair] for pair in pairs]


def interval_ends(rows: Floats) -> tuple[Floats, Floats]:
    """What ``Estimate.interval`` gives of each row, to the bit; the rows are reordered.

    Four order statistics at a time, as quantiles do, take several times as long as one.

    Args:
        rows: ``[rows, replicates]``, finite.
    """
    last, tail = rows.shape[1] - 1, (1 - LEVEL) / 2
    low_at, high_at = last * tail, last * (1 - tail)
    low, high = math.floor(low_at), math.floor(high_at)
    if last < 3:  # the ends share an order statistic
        ends = np.quantile(rows, [tail, 1 - tail], axis=1)
        return ends[0], ends[1]
    rows.partition(low + 1, axis=1)
    lower = _between(rows[:, : low + 1].max(axis=1), rows[:, low + 1], low_at - low)
    rows.partition(high, axis=1)
    upper = _between(rows[:, high].copy(), rows[:, high + 1 :].min(axis=1), high_at - high)
    return lower, upper


def _between(first: Floats, second: Floats, share: float) -> Floats:
    """As numpy interpolates quantiles: from the nearer end."""
    gap = second - first
    return second - gap * (1 - share) if share >= 0.5 else first + gap * share


def _alike(estimates: Sequence[Estimate]) -> tuple[dict[int, int], Floats]:
    """Replicates that can be taken together, ``[rows, replicates]``, and the row of each estimate.

    Those of the commonest number, if they are all finite: others are compared one by one.
    """
    sizes = Counter(len(each.replicates) for each in estimates if len(each.replicates))
    size = max(sizes, key=lambda each: sizes[each], default=0)
    chosen = [
        place
        for place, each in enumerate(estimates)
        if size and len(each.replicates) == size and np.isfinite(each.replicates).all()
    ]
    rows = [estimates[place].replicates for place in chosen]
    whole = np.stack(rows) if rows else np.empty((0, size))
    return {place: row for row, place in enumerate(chosen)}, whole
