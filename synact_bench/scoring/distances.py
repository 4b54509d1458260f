"""Distances between two samples of one number."""

from __future__ import annotations

import numpy as np
from scipy.stats import wasserstein_distance

from synact_bench.metrics.base import Floats


def kolmogorov_smirnov(first: Floats, second: Floats) -> float | None:
    """Largest gap between the two empirical distribution functions.

    Unit: none, 0 to 1; 0 for equal samples, 1 for samples that do not overlap, symmetric. NaN
    entries are dropped; None where nothing is left of either sample.
    """
    left, right = _defined(first), _defined(second)
    if not len(left) or not len(right):
        return None
    # scipy's test adds a p-value, which costs more than the rest and warns on single values.
    at = np.concatenate([left, right])
    return float(np.abs(_share_up_to(at, left) - _share_up_to(at, right)).max())


def wasserstein1(first: Floats, second: Floats) -> float | None:
    """Mean distance by which one sample must be moved to become the other.

    Unit: that of the samples, at least 0; 0 for equal samples, symmetric. NaN entries are
    dropped; None where nothing is left of either sample.
    """
    left, right = _defined(first), _defined(second)
    if not len(left) or not len(right):
        return None
    return float(wasserstein_distance(left, right))


def _share_up_to(at: Floats, sample: Floats) -> Floats:
    return np.searchsorted(np.sort(sample), at, side="right") / len(sample)


def _defined(sample: Floats) -> Floats:
    return sample[~np.isnan(sample)]
