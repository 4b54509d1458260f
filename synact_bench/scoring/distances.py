"""Distances between two samples of one number."""

from __future__ import annotations

import numpy as np
from scipy.stats import ks_2samp, wasserstein_distance

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
        return float(ks_2samp(left, right, method="asymp").statistic)


def wasserstein1(first: Floats, second: Floats) -> float | None:
    """Mean distance by which one sample must be moved to become the other.

    Unit: that of the samples, at least 0; 0 for equal samples, symmetric. NaN entries are
    dropped; None where nothing is left of either sample.
    """
    left, right = _defined(first), _defined(second)
    if not len(left) or not len(right):
        return None
    return float(wasserstein_distance(left, right))


def _defined(sample: Floats) -> Floats:
    return sample[~np.isnan(sample)]
