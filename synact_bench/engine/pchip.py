"""Monotone cubic interpolation of many rows at once, each on knots of its own.

scipy's ``PchipInterpolator`` takes one set of knots at a time, which for the hundred thousand paths
of a board is half a minute; this gives the same numbers in a second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def pchip(rows: Floats, known: NDArray[np.bool_]) -> Floats:
    """Rows on a grid with their unknown points filled in, ``[rows, points, quantities]``.

    It rises where the known points rise and never leaves the range of its two neighbours; a row
    with two known points becomes a line between them.

    Source: Fritsch and Butland, A method for constructing local monotone piecewise cubic
    interpolants (1984), with the ends of Moler, Numerical Computing with MATLAB, section 3.6.

    Args:
        rows: ``[rows, points, quantities]``; read only where known.
        known: ``[rows, points]``; both ends of every row, two points at least.
    """
    filled = np.array(rows, dtype=np.float64)
    counts = known.sum(axis=1)
    for count in np.unique(counts):
        of_count = np.flatnonzero(counts == count)
        if count < known.shape[1]:
            knots = np.nonzero(known[of_count])[1].reshape(len(of_count), count)
            filled[of_count] = _between(filled[of_count], knots)
    return np.where(known[:, :, None], rows, filled)


def _between(rows: Floats, knots: NDArray[np.intp]) -> Floats:
    """Rows with as many knots each, ``[rows, knots]``, evaluated on the whole grid."""
    heights = np.take_along_axis(rows, knots[:, :, None], axis=1)
    width = np.diff(knots, axis=1)[:, :, None].astype(np.float64)
    slope = np.diff(heights, axis=1) / width
    tangent = _tangents(width, slope)
    bend = (tangent[:, :-1] + tangent[:, 1:] - 2 * slope) / width
    cubic = (
        heights[:, :-1],
        tangent[:, :-1],
        (slope - tangent[:, :-1]) / width - bend,
        bend / width,
    )
    grid = np.arange(rows.shape[1])
    interval = np.minimum((knots[:, :, None] <= grid).sum(axis=1), knots.shape[1] - 1) - 1
    offset = (grid - np.take_along_axis(knots, interval, axis=1))[:, :, None].astype(np.float64)
    result, power = np.zeros(rows.shape), np.ones(offset.shape)
    for part in cubic:
        result = result + np.take_along_axis(part, interval[:, :, None], axis=1) * power
        power = power * offset
    return result


def _tangents(width: Floats, slope: Floats) -> Floats:
    """Slope of the cubic at each knot: the harmonic mean of its neighbours', 0 where they turn."""
    if slope.shape[1] == 1:
        return np.repeat(slope, 2, axis=1)
    before, after = slope[:, :-1], slope[:, 1:]
    near, far = 2 * width[:, 1:] + width[:, :-1], width[:, 1:] + 2 * width[:, :-1]
    turns = (np.sign(before) != np.sign(after)) | (before == 0) | (after == 0)
    with np.errstate(divide="ignore", invalid="ignore"):  # where it turns the mean is not used
        mean = (near / before + far / after) / (near + far)
        inner = np.where(turns, 0.0, 1.0 / mean)
    first = _end(width[:, 0], width[:, 1], slope[:, 0], slope[:, 1])
    last = _end(width[:, -1], width[:, -2], slope[:, -1], slope[:, -2])
    return np.concatenate([first[:, None], inner, last[:, None]], axis=1)


def _end(width: Floats, next_width: Floats, slope: Floats, next_slope: Floats) -> Floats:
    """Slope at an end: of the parabola through three points, held back where it would overshoot."""
    parabola = ((2 * width + next_width) * slope - width * next_slope) / (width + next_width)
    turns = np.sign(slope) != np.sign(next_slope)
    steep = turns & (np.abs(parabola) > 3 * np.abs(slope))
    against = np.sign(parabola) != np.sign(slope)
    return np.select([against, steep], [np.zeros_like(slope), 3 * slope], parabola)
