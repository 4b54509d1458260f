"""Distributions of metrics of single paths, as histograms of a row, of real and of Gaussian."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from synact_bench.core.experiments import GAUSSIAN, REFERENCE
from synact_bench.reports.comparable import Cells
from synact_bench.reports.ridges import DISTRIBUTIONS, edges_of
from synact_bench.site.drawn import DrawnDistribution, Histogram

Histograms = Mapping[str, Histogram]
"""Of a row, by metric."""


def distributions(name: str, rows: Mapping[str, Histograms]) -> Iterable[DrawnDistribution]:
    """Those of a row, first, before what it is compared with.

    Args:
        name: of the row.
        rows: of its board, by name, with the draw of real that all are drawn before.
    """
    for each in DISTRIBUTIONS:
        found = {
            who: rows[who][each.metric]
            for who in dict.fromkeys((name, REFERENCE, GAUSSIAN))
            if each.metric in rows.get(who, {})
        }
        if name in found:
            yield DrawnDistribution(
                metric=each.metric.replace("_", " "),
                label=each.label,
                limit=each.limit,
                histograms=tuple(found.values()),
            )


def histograms(name: str, cells: Cells, *, points: int) -> Histograms:
    """Those of a row alone.

    Args:
        name: of the row.
        cells: of its board.
        points: of the grid, which the bins are fitted to.
    """
    return {
        each.metric: histogram(
            name,
            cells[each.cell][name].sample.values[each.metric].defined,
            edges_of(points, each.limit),
        )
        for each in DISTRIBUTIONS
        if name in cells.get(each.cell, {})
    }


def histogram(who: str, values: NDArray[np.float64], edges: NDArray[np.float64]) -> Histogram:
    """Shares of defined values in each bin; of none, bins of nothing."""
    if not len(values):
        return Histogram(who, (0.0,) * (len(edges) - 1), None, None)
    shares = np.histogram(values, edges)[0] / len(values)
    low, median, high = np.percentile(values, (25, 50, 75)).tolist()
    return Histogram(who, tuple(shares.round(4).tolist()), median, (low, high))
