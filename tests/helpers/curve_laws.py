"""Laws that whole families of metrics keep, for hypothesis to try to break."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from synact_bench.metrics.base import PathMetric
from tests.helpers.curve_shapes import SETTINGS, curves_of, step

POINTS = 33

# Whole numbers: differences between slopes are either none or far above rounding.
rising = arrays(np.float64, POINTS - 1, elements=st.integers(0, 500).map(float)).map(
    lambda rises: np.concatenate([[0.0], np.cumsum(rises)])
)
wandering = arrays(np.float64, POINTS - 1, elements=st.integers(0, 500).map(float)).map(
    lambda heights: np.concatenate([[0.0], heights])
)
scales = st.floats(1e-3, 1e3)


def check_scaling(
    metric: PathMetric, row: NDArray[np.float64], scale: float, *, kl: bool = False
) -> None:
    """Scaling a curve changes nothing."""
    plain = metric.compute(curves_of(row, kl=kl), SETTINGS)
    large = metric.compute(curves_of(scale * row, kl=kl), SETTINGS)
    assert_allclose(large.values, plain.values, rtol=1e-4, atol=1e-4)
    assert (large.censored == plain.censored).all()


def check_shift(
    metric: PathMetric, index: int, shift: int, *, per_point: float, kl: bool = False
) -> None:
    """A step ``shift`` points later moves the metric by ``shift * per_point``."""
    row = np.zeros(POINTS)
    early, late = step(index, 30.0)(row), step(index + shift, 30.0)(row)
    answer = metric.compute(curves_of(early, late, kl=kl), SETTINGS)
    assert_allclose(answer.values[1] - answer.values[0], shift * per_point, atol=1e-6)
