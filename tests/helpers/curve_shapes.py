"""Curves with known answers, and the one tester that compares a metric with them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from synact_bench.core.curves import Curves
from synact_bench.metrics.base import MetricSettings, PathMetric

GRIDS = (17, 33, 51, 101)
SETTINGS = MetricSettings(tau=1.0, absolute_length=50.0)

Shape = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def grid(points: int) -> NDArray[np.float64]:
    return np.linspace(0.0, 1.0, points)


def curves_of(
    *rows: NDArray[np.float64], kl: bool = False, fractions: NDArray[np.float64] | None = None
) -> Curves:
    """Curves whose l2 (or kl) are ``rows``; the other kind is a straight line."""
    shape = np.array(rows, dtype=np.float32)
    where = grid(shape.shape[1]) if fractions is None else fractions
    other = np.broadcast_to(where.astype(np.float32), shape.shape)
    return Curves(where, other, shape) if kl else Curves(where, shape, other)


def check(
    metric: PathMetric,
    shape: Shape,
    expected: float | None,
    *,
    points: int,
    censored: bool = False,
    kl: bool = False,
    tolerance: float = 1e-5,
) -> None:
    """Assert a metric's answer on ``shape`` of the fractions; ``expected`` None for undefined.

    An undefined value must be censored. The path is measured beside a line, so that a metric
    that mixes up its rows fails.
    """
    fractions = grid(points)
    line = fractions.copy()
    answer = metric.compute(curves_of(line, shape(fractions), line, kl=kl), SETTINGS)
    alone = metric.compute(curves_of(line, kl=kl), SETTINGS)
    wanted = np.nan if expected is None else expected
    assert_allclose(answer.values[1], wanted, rtol=0, atol=tolerance)
    assert bool(answer.censored[1]) is (censored or expected is None)
    assert_allclose(answer.values[[0, 2]], alone.values.repeat(2))


def line(height: float) -> Shape:
    return lambda f: height * f


def zero(f: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.zeros_like(f)


def ramp(start: float, end: float, height: float) -> Shape:
    """0 until ``start``, straight up to ``height`` at ``end``, level from there."""
    return lambda f: height * np.clip((f - start) / (end - start), 0.0, 1.0)


def step(index: int, height: float) -> Shape:
    """0 before point ``index``, ``height`` from it on."""
    return lambda f: np.where(np.arange(len(f)) >= index, height, 0.0)


def two_steps(first: int, low: float, second: int, high: float) -> Shape:
    """0 before point ``first``, ``low`` from it on, ``high`` from point ``second`` on."""
    return lambda f: step(first, low)(f) + step(second, high - low)(f)


def power(exponent: float, height: float) -> Shape:
    return lambda f: height * f**exponent


def logistic(centre: float, width: float, height: float) -> Shape:
    """Logistic whose 10 % and 90 % heights are ``width`` apart: slope ``height ln(9) / (2 width)``.

    It is at the share ``p`` of its height at ``centre + width ln(p / (1 - p)) / (2 ln 9)``.
    """
    scale = width / (2 * np.log(9))
    return lambda f: height / (1 + np.exp(-(f - centre) / scale))


def chord_crossing(shape: Shape, where: float, level: float, *, points: int) -> float:
    """Where the straight line through the two points of the grid around ``where`` is at ``level``.

    ``where`` is the place, no point of the grid, at which the curve itself has that level.
    """
    gap = 1 / (points - 1)
    before = np.floor(where / gap) * gap
    low, high = shape(np.array([before, before + gap]))
    return float(before + gap * (level - low) / (high - low))


def bump(f: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rises to 10 in the middle, falls back to 0."""
    return 10 * np.sin(np.pi * f).clip(0) * (f < 1)
