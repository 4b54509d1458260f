"""The three-sample test of data copying (Meehan, Chaudhuri and Dasgupta, arXiv 2004.05675)."""

from __future__ import annotations

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.similarity.pool import Ids, Matrix

CELLS = 16
FITTED = 4096
"""Most pool rows that the cells are fitted to."""
ROUNDS = 20
FEWEST = 10
"""Rows of either sample that a cell needs: below, the normal form of the rank sum is poor."""
SPLITS = 32
STRONG = -3.0


def cell_centres(rows: Matrix, *, rng: np.random.Generator, cells: int = CELLS) -> Floats:
    """Centres of a k-means partition of a pool, ``[cells, d_model]`` float64.

    Lloyd's algorithm for 20 rounds from random rows, on at most 4096 of the pool's rows.
    """
    chosen = rows[rng.permutation(len(rows))[:FITTED]].astype(np.float64)
    centres = chosen[:cells].copy()
    for _ in range(ROUNDS):
        own = nearest_centre(chosen, centres)
        members = (own[:, None] == np.arange(len(centres))).astype(np.float64)
        counts = members.sum(axis=0)
        filled = counts > 0
        centres[filled] = (members.T @ chosen)[filled] / counts[filled, None]
    return centres


def nearest_centre(points: Matrix, centres: Floats) -> Ids:
    """The cell of each point, ``[n]``."""
    wide = points.astype(np.float64, copy=False)
    cells: Ids = (wide @ centres.T - (centres**2).sum(axis=1) / 2).argmax(axis=1)
    return cells


def copying_statistic(
    sample: Floats, sample_cells: Ids, heldout: Floats, heldout_cells: Ids
) -> float | None:
    """C_T: how much nearer to the train pool a sample lies than held-out real does.

    Per cell, the z-score of the Mann-Whitney U statistic (ties share their mean rank) that
    compares the distances from the nearest train row; then the mean over the cells, each weighted
    by the number of its held-out rows. Unit: standard deviations of a cell. About 0 for fresh
    real activations; strongly negative where the sample copies; positive where it strays.

    Cells with fewer than 10 rows of either sample are left out and lose their weight. None where
    no cell is left.

    Args:
        sample: distance of each generated row from the train pool, ``[n]``.
        sample_cells: the cell of each generated row.
        heldout: the same distance of each held-out row, ``[m]``.
        heldout_cells: the cell of each held-out row.
    """
    scores, weights = [], []
    for cell in np.intersect1d(sample_cells, heldout_cells):
        own, other = sample[sample_cells == cell], heldout[heldout_cells == cell]
        if min(len(own), len(other)) >= FEWEST:
            scores.append(_z(own, other))
            weights.append(len(other))
    return float(np.average(scores, weights=weights)) if scores else None


def copying_threshold(
    heldout: Floats, cells: Ids, *, n: int, rng: np.random.Generator
) -> float | None:
    """The C_T below which a sample of ``n`` rows copies.

    Held-out real is split at random 32 times into a sample of ``n`` rows, or half of it if that
    is fewer, and the rest. The threshold is -3, or twice the lowest C_T of these splits if that
    is lower. None where no split has a C_T.
    """
    size = min(n, len(heldout) // 2)
    lowest = None
    for _ in range(SPLITS):
        order = rng.permutation(len(heldout))
        one, other = order[:size], order[size:]
        value = copying_statistic(heldout[one], cells[one], heldout[other], cells[other])
        if value is not None:
            lowest = value if lowest is None else min(lowest, value)
    return None if lowest is None else min(STRONG, 2 * lowest)


def _z(own: Floats, other: Floats) -> float:
    from scipy.stats import rankdata  # noqa: PLC0415  (takes a second to load)

    n, m = len(own), len(other)
    ranks = rankdata(np.concatenate([own, other]))
    above = ranks[:n].sum() - n * (n + 1) / 2
    _, ties = np.unique(ranks, return_counts=True)
    total = n + m
    variance = n * m / 12 * (total + 1 - (ties**3 - ties).sum() / (total * (total - 1)))
    return float((above - n * m / 2) / np.sqrt(variance)) if variance > 0 else 0.0
