"""Where on a path something happens: the searches that several metrics share."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synact_bench.metrics.base import Floats

TIE = 1e-6
"""Relative difference below which numbers computed from float32 curves count as equal."""


def first_crossing(
    fractions: Floats, curves: Floats, level: ArrayLike, *, inclusive: bool = False
) -> Floats:
    """Fraction at which each curve first exceeds its level, ``[paths]``; NaN where it never does.

    The curve is taken as straight between its points. A curve that starts above its level
    crosses at the first fraction. Later falls and crossings do not matter.

    Args:
        fractions: ``[points]``, rising.
        curves: ``[paths, points]``.
        level: one number, or one per path.
        inclusive: reaching the level is enough.
    """
    height = np.broadcast_to(np.asarray(level, dtype=np.float64), (len(curves),))
    excess = curves - height[:, None]
    above = excess >= 0 if inclusive else excess > 0
    crosses = above.any(axis=1)
    after = above.argmax(axis=1)
    before = np.maximum(after - 1, 0)
    row = np.arange(len(curves))
    low, high = excess[row, before], excess[row, after]
    rise = np.where(after > 0, high - low, 1.0)
    # `before` is `after` where the curve starts above: the share then has nothing to multiply.
    share = np.where(crosses, -low, 0.0) / np.where(crosses, rise, 1.0)
    position = fractions[before] + share * (fractions[after] - fractions[before])
    return np.where(crosses, position, np.nan)


def steepest_midpoint(fractions: Floats, curves: Floats) -> Floats:
    """Fraction at the middle of each curve's steepest rise, ``[paths]``; NaN where none rises.

    The first interval wins a tie; slopes that float32 rounding of the curve cannot tell apart
    are tied, so that the answer does not hang on the last bit.
    """
    slopes = np.diff(curves, axis=1) / np.diff(fractions)
    steepest = slopes.max(axis=1)
    rounding = TIE * np.abs(curves).max(axis=1) / np.diff(fractions).min()
    first = (slopes >= (steepest - rounding)[:, None]).argmax(axis=1)
    middle = (fractions[first] + fractions[first + 1]) / 2
    return np.where(steepest > 0, middle, np.nan)


def first_largest(rows: Floats) -> NDArray[np.intp]:
    """Index of each row's largest entry, the first among those within 1e-6 of it, ``[paths]``.

    Entries must be at least 0 and not NaN.
    """
    first: NDArray[np.intp] = (rows >= rows.max(axis=1, keepdims=True) * (1 - TIE)).argmax(axis=1)
    return first
