"""Distributions of metrics of single paths, as histograms of a row, of real and of Gaussian."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from synact_bench.core.experiments import GAUSSIAN, REFERENCE
from synact_bench.reports.comparable import Cells
from synact_bench.reports.ridges import DISTRIBUTIONS, edges_of
from synact_bench.site.drawn import DrawnDistribution, Histogram


def distributions(name: str, cells: Cells, *, points: int) -> Iterable[DrawnDistribution]:
    """Those of a row, first, and of what it is compared with.

    Args:
        name: of the row.
        cells: of its board.
        points: of the grid, which the bins are fitted to.
    """
    for each in DISTRIBUTIONS:
        rows = cells.get(each.cell, {})
        if name not in rows:
            continue
        edges = edges_of(points, each.limit)
        who = [other for other in dict.fromkeys((name, REFERENCE, GAUSSIAN)) if other in rows]
        values = {other: rows[other].sample.values[each.metric].defined for other in who}
        yield DrawnDistribution(
            metric=each.metric.replace("_", " "),
            label=each.label,
            limit=each.limit,
            histograms=tuple(histogram(other, values[other], edges) for other in who),
        )


def histogram(who: str, values: NDArray[np.float64], edges: NDArray[np.float64]) -> Histogram:
    """Shares of defined values in each bin; of none, bins of nothing."""
    if not len(values):
        return Histogram(who, (0.0,) * (len(edges) - 1), None, None)
    shares = np.histogram(values, edges)[0] / len(values)
    low, median, high = np.percentile(values, (25, 50, 75)).tolist()
    return Histogram(who, tuple(shares.round(4).tolist()), median, (low, high))
