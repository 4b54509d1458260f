"""Distances between two samples, of one number or of several."""

from __future__ import annotations

import numpy as np

from synact_bench.metrics.base import Floats


def kolmogorov_smirnov(first: Floats, second: Floats) -> float | None:
    """Largest gap between the two empirical distribution functions.

    Unit: none, 0 to 1; 0 for equal samples, 1 for samples that do not overlap, symmetric. NaN
    entries are dropped; None where nothing is left of either sample.
    """
    left, right = _defined(first), _defined(second)
    if not len(left) or not len(right):
        return None
    with np.errstate(all="ignore"):  # the p-value, which is not used, divides by n - 1
        from scipy.stats import ks_2samp  # noqa: PLC0415  (takes a second to load)

        return float(ks_2samp(left, right, method="asymp").statistic)


def wasserstein1(first: Floats, second: Floats) -> float | None:
    """Mean distance by which one sample must be moved to become the other.

    Unit: that of the samples, at least 0; 0 for equal samples, symmetric. NaN entries are
    dropped; None where nothing is left of either sample.
    """
    left, right = _defined(first), _defined(second)
    if not len(left) or not len(right):
        return None
    from scipy.stats import wasserstein_distance  # noqa: PLC0415  (takes a second to load)

    return float(wasserstein_distance(left, right))


def mean_wasserstein1(first: Floats, second: Floats) -> float:
    """Wasserstein-1 distance between two sets of rows, column by column, in the mean over columns.

    Each row weighs the same; the sets may differ in size. Unit: that of the numbers; 0 for
    identical sets, symmetric, higher is farther.

    Args:
        first: ``[rows, columns]``.
        second: ``[other rows, columns]``, of the same quantities.

    Raises:
        ValueError: a set has no row or a value that is not finite, or the columns differ.
    """
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"{first.shape} and {second.shape} must be rows of the same columns")
    if not len(first) or not len(second):
        raise ValueError("a set without rows has no distribution")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("rows are not finite")
    n, m = len(first), len(second)
    # Both quantile functions are constant between these edges, counted in 1 / (n m).
    edges = np.union1d(np.arange(n + 1) * m, np.arange(m + 1) * n)
    weight = np.diff(edges) / (n * m)
    left, right = np.sort(first, axis=0), np.sort(second, axis=0)
    gaps = np.abs(left[edges[:-1] // m] - right[edges[:-1] // n])
    return float((weight @ gaps).mean())


def _defined(sample: Floats) -> Floats:
    return sample[~np.isnan(sample)]
