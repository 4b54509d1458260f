"""Samples for the tests of scoring: small, and with numbers that are easy to check."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from synact_bench.metrics import METRICS, PathMetric, PathValues
from synact_bench.scoring import MetricScore, Sample

PATH_NAMES = [name for name, each in METRICS.items() if isinstance(each, PathMetric)]


def sample(values: ArrayLike, *, censored: ArrayLike | None = None, log_kl: float = 0.0) -> Sample:
    """The same numbers for every metric; log-kl curves all at one level."""
    row = np.asarray(values, dtype=np.float64)
    marks = np.isnan(row) if censored is None else np.asarray(censored, dtype=bool)
    each = PathValues(row, marks)
    return Sample(dict.fromkeys(PATH_NAMES, each), np.full((len(row), 3), log_kl))


def metric_score(metric: str, realism: float | None, reason: str | None = None) -> MetricScore:
    """A score of which only the realism matters."""
    return MetricScore(
        metric=metric,
        n=4,
        mean=1.0,
        sd=1.0,
        censored_share=0.0,
        undefined_share=0.0,
        ks=0.5,
        distance=0.5,
        d_gaussian=1.0,
        d_floor=0.1,
        realism=realism,
        reason=reason,
    )
