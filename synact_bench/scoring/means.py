"""Means over paths, with what they would have been for other documents."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

import numpy as np

from synact_bench.metrics import PathMetric
from synact_bench.metrics.base import Floats
from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.path_means import mean_over
from synact_bench.scoring.resampling import Resampling
from synact_bench.scoring.sample import Sample


def estimated_mean(metric: PathMetric, sample: Sample, resampling: Resampling) -> Estimate | None:
    """Mean of a metric over the paths that it is defined on; None without any.

    In the metric's unit, or of base-2 logarithms where the metric is compared by them. Two means
    of one resampling are paired by document. Of too few documents it has no replicates.

    Raises:
        ValueError: the sample was measured without the metric.
        KeyError: a document is not among those resampled.
    """
    return resampled_mean(sample.numbers(metric)[:, 0], sample.documents, resampling)


def resampled_mean(
    numbers: Floats, documents: Sequence[str], resampling: Resampling
) -> Estimate | None:
    """Mean of the numbers of paths ``[paths]`` that are not NaN; None without any.

    Raises:
        KeyError: a document is not among those resampled.
    """
    kept = ~np.isnan(numbers)
    if not kept.any():
        return None
    return mean_over(numbers[kept], list(compress(documents, kept)), resampling)
