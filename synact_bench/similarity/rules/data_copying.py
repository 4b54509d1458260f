"""Data copying: C_T, the three-sample test (arXiv 2004.05675)."""

from __future__ import annotations

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.similarity.data_copying import copying_statistic, copying_threshold
from synact_bench.similarity.rule import Closeness, StatisticRule
from synact_bench.similarity.rules.near_duplicate import NEAR_DUPLICATE


def c_t(sample: Closeness, heldout: Closeness) -> float | None:
    """How much nearer to the train pool a sample lies than held-out real does."""
    return copying_statistic(_nearest(sample), sample.cell, _nearest(heldout), heldout.cell)


def limit(heldout: Closeness, n: int, rng: np.random.Generator) -> float | None:
    """The C_T below which a sample of ``n`` rows copies."""
    return copying_threshold(_nearest(heldout), heldout.cell, n=n, rng=rng)


def _nearest(found: Closeness) -> Floats:
    nearest: Floats = found.measured[NEAR_DUPLICATE.name]
    return nearest


DATA_COPYING = StatisticRule(
    name="data-copying",
    measured="C_T (arXiv 2004.05675)",
    symbol="C_T",
    statistic=c_t,
    limit=limit,
    order=40,
)
