"""Which points of a path have to be run before its metrics are known.

A sweep may run a path's grid coarsely and then only where an answer can still change. What is
certain afterwards, on an evenly spaced grid:

- *Steepest interval.* A stretch of ``g`` unmeasured intervals rises by ``R`` in all. If no interval
  in it rises by more than ``(1 + STEEPENING (g - 1)) R / g``, or none by more than the steepest
  interval measured, then that is the steepest of the whole grid. In words: the curve is not much
  steeper inside a stretch than over the whole of it, and what falls hides no steep rise. (With 1
  instead of ``STEEPENING`` the first would hold of every stretch that only rises.)
- *First crossing of a level.* If the curve does not cross the level and fall back between two
  neighbouring measured points that are both below it, the interval that it first crosses on is
  measured at both ends.

Points that are not run are interpolated, so that none of these answers changes; the ends of every
path are run. Whatever else is read off a curve (kl, other metrics) is read off the interpolation:
``benchmarks/interpolation.py`` measures how far off that is. No score reads an interpolated point.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from synact_bench.engine.pchip import pchip
from synact_bench.metrics.base import Event

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

STEEPENING = 0.6
"""How much steeper than its mean a stretch may be inside, from 0 (straight) to 1 (one jump)."""

STRETCHES = 8
"""Coarse stretches that a grid is cut into, about; never longer than ``LONGEST`` intervals."""

LONGEST = 5

AT_ONCE = 2
"""Points that a path asks for in one round: few, since each round teaches where."""

PATIENCE = 5
"""Rounds, at least, after which a path asks for twice as many: the last would run almost alone."""

ROUNDING = 1e-6
"""Share of a curve's largest value that float32 cannot tell from nothing."""


@dataclass(frozen=True)
class Sought:
    """What the l2 curves are measured for.

    Attributes:
        steepest: the interval on which l2 rises most.
        level: the interval on which l2 first exceeds this; None if it is not sought.
        always: fractions of the path that are run whatever the curve, points of the grid.
    """

    steepest: bool = False
    level: float | None = None
    always: tuple[float, ...] = ()

    @classmethod
    def of(
        cls, events: Collection[Event], *, tau: float, always: tuple[float, ...] = ()
    ) -> Sought | None:
        """What metrics' events ask for; None where there are none, and every point is run."""
        if not events:
            return None
        level = tau if "crossing of tau" in events else None
        return cls("steepest interval" in events, level, always)


def coarse(points: int, always: tuple[float, ...] = ()) -> NDArray[np.intp]:
    """Indices of the points run first on a grid of ``points``: both ends and evenly between.

    One more halves the first stretch, where kl grows by orders of magnitude; those nearest to the
    fractions ``always`` are run too.
    """
    stride = min(LONGEST, max(1, round((points - 1) / STRETCHES)))
    asked = np.rint(np.array(always) * (points - 1)).astype(np.intp)
    return np.union1d(np.arange(0, points, stride), [stride // 2, points - 1, *asked])


def refined(
    l2: Floats,
    kl: Floats,
    measured: Bools,
    sought: Sought,
    ask: Callable[[NDArray[np.intp]], object],
) -> tuple[Floats, Floats]:
    """Have points run until what is sought is known, then interpolate the others.

    Args:
        l2: ``[paths, points]``; read only where measured.
        kl: likewise.
        measured: ``[paths, points]``; the points of ``coarse`` at least.
        sought: what has to be known.
        ask: runs points ``[paths, n]`` of the paths whose first is not -1, puts their numbers into
            ``l2`` and ``kl`` and marks them measured.

    Returns:
        Both curves, ``[paths, points]`` float64.
    """
    patience = max(PATIENCE, l2.shape[1] // 10)
    for finished in count():
        # How many depends on nothing but the round, so that other paths change nothing.
        wanted = most_wanted(l2, measured, sought, AT_ONCE << finished // patience)
        if (wanted < 0).all():
            break
        ask(wanted)
    return interpolated(l2, kl, measured, sought)


def most_wanted(l2: Floats, measured: Bools, sought: Sought, number: int) -> NDArray[np.intp]:
    """Points to run next on each path.

    Args:
        l2: ``[paths, points]``; read only where measured.
        measured: ``[paths, points]``; True at both ends of every path.
        sought: what has to be known.
        number: of points on each path.

    Returns:
        Indices ``[paths, at most number]``; a path for which all is known has -1 throughout. Where
        fewer points matter, others that sharpen the picture make up the number.
    """
    before, after = _neighbours(measured)
    wanted = np.zeros(l2.shape)
    if sought.steepest:
        wanted = _steepness(l2, measured, before, after)
    if sought.level is not None:
        wanted = np.maximum(wanted, _crossing(l2, measured, before, sought.level))
    wanted[measured] = 0
    # What makes up the number comes from the middle of long stretches, last in order.
    points = np.arange(l2.shape[1])
    depth = np.minimum(points - before, after - points) / l2.shape[1]
    rank = np.where(measured, -1.0, wanted + 1e-3 * depth)
    best = np.argsort(-rank, axis=1, kind="stable")[:, :number]
    # Where fewer points than that are left, the best is run again: the same answer.
    left = np.take_along_axis(rank, best, axis=1) >= 0
    best = np.where(left, best, best[:, :1])
    return np.where((wanted > 0).any(axis=1, keepdims=True), best, -1)


def interpolated(l2: Floats, kl: Floats, measured: Bools, sought: Sought) -> tuple[Floats, Floats]:
    """Both curves with their unmeasured points filled in, ``[paths, points]`` each.

    The root of kl is interpolated: kl starts like a square, its root like a line. A path that is
    not finite is left as it is.
    """
    both = np.stack([l2, np.sqrt(np.maximum(kl, 0))], axis=-1).astype(np.float64)
    sound = (np.isfinite(both).all(axis=-1) | ~measured).all(axis=1)
    both[sound] = pchip(both[sound], measured[sound])
    whole, root = both[..., 0], both[..., 1]
    if sought.steepest:
        # At a path's end the cubic can be steeper than what was measured: rare, and then a line.
        rises, run = np.diff(whole, axis=1), measured[:, 1:] & measured[:, :-1]
        steepest = np.where(run, rises, -np.inf).max(axis=1)
        for row in np.flatnonzero(rises.max(axis=1) > steepest):
            known = np.flatnonzero(measured[row])
            whole[row] = np.interp(np.arange(l2.shape[1]), known, l2[row, known])
    return whole, root**2


def _neighbours(measured: Bools) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Nearest measured point at or before, and at or after, each point."""
    points = np.arange(measured.shape[1])
    before = np.maximum.accumulate(np.where(measured, points, 0), axis=1)
    after = np.where(measured, points, measured.shape[1] - 1)[:, ::-1]
    return before, np.minimum.accumulate(after, axis=1)[:, ::-1]


def _steepness(
    l2: Floats, measured: Bools, before: NDArray[np.intp], after: NDArray[np.intp]
) -> Floats:
    """How steep each point's stretch may be inside, 0 where the steepest is elsewhere.

    As a share of what the most promising stretch may be, less away from a stretch's middle.
    """
    # A stretch is between neighbouring measured points; each interval of the grid is in one.
    start, end = before[:, :-1], after[:, 1:]
    span = end - start
    mean = (np.take_along_axis(l2, end, 1) - np.take_along_axis(l2, start, 1)) / span
    rounding = ROUNDING * np.where(measured, np.abs(l2), 0).max(axis=1, keepdims=True)
    steepest = mean.max(axis=1, keepdims=True) - rounding
    possible = mean * (1 + STEEPENING * (span - 1))
    promising = np.where((span > 1) & (possible >= steepest) & (possible > 0), possible, 0)
    top = np.maximum(promising.max(axis=1, keepdims=True), np.finfo(float).tiny)
    points = np.arange(1, l2.shape[1])
    aside = np.abs(points - (start + end) // 2) / (2 * l2.shape[1])
    share: Floats = np.zeros(l2.shape)
    share[:, 1:] = promising / top * (1 - aside)
    return share


def _crossing(l2: Floats, measured: Bools, before: NDArray[np.intp], level: float) -> Floats:
    """1 nearest to where a straight line would cross the level, less away, 0 elsewhere."""
    row = np.arange(len(l2))
    above = measured & (l2 > level)
    end = above.argmax(axis=1)
    start = before[row, np.maximum(end - 1, 0)]
    low, high = l2[row, start], l2[row, end]
    crosses = above.any(axis=1) & (end - start > 1)
    share = np.divide(level - low, high - low, out=np.zeros(len(l2)), where=crosses)
    position = start + share * (end - start)
    points = np.arange(l2.shape[1])
    inside = crosses[:, None] & (points > start[:, None]) & (points < end[:, None])
    return np.where(inside, 1 - np.abs(points - position[:, None]) / (2 * l2.shape[1]), 0.0)
