"""Means over paths, and what they would have been for other documents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.resampling import Resampling


def mean_over(values: Floats, documents: Sequence[str], resampling: Resampling) -> Estimate:
    """Mean of one number a path.

    Of differences between two paths of one base it is a paired one: what the base itself adds to
    both is gone.

    Args:
        values: of each path, ``[paths]``, finite.
        documents: of each path.
        resampling: of the documents.

    Raises:
        ValueError: there is no path, or a value is not finite.
    """
    return ratio_of_means(values, np.ones(len(values)), documents, resampling)


def ratio_of_means(
    first: Floats, second: Floats, documents: Sequence[str], resampling: Resampling
) -> Estimate:
    """Mean of ``first`` over that of ``second``, of the same paths.

    A ratio of means, not a mean of ratios: no path with a small ``second`` can decide it.

    Args:
        first: of each path, ``[paths]``, finite.
        second: likewise, with a mean that is not 0.
        documents: of each path.
        resampling: of the documents.

    Raises:
        ValueError: there is no path, a value is not finite, or the mean of ``second`` is 0.
    """
    if not len(first) or len(first) != len(second) or len(first) != len(documents):
        raise ValueError(f"{len(first)} and {len(second)} values of {len(documents)} paths")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("a value is not finite")
    if second.sum() == 0:
        raise ValueError("a ratio to a mean of 0")
    value = float(first.sum() / second.sum())
    columns = resampling.of(documents)
    replicates, many = resampling.counts.shape
    if not (replicates and resampling.enough(columns)):
        return Estimate(value)
    above, below = (
        resampling.counts @ np.bincount(columns, weights=each, minlength=many)
        for each in (first, second)
    )
    with np.errstate(invalid="ignore", divide="ignore"):  # a replicate without a path of the row
        return Estimate(value, np.where(below != 0, above / below, np.nan))
