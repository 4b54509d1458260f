"""The curves whose numbers are recorded: exact arithmetic where it can be, so on every machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tests.helpers.curve_shapes import Shape, line, logistic, power, ramp, step, two_steps, zero


def overshoot(f: NDArray[np.float64]) -> NDArray[np.float64]:
    """Up to 40 in half the path, back to 20 at its end."""
    return np.minimum(80 * f, 60 - 40 * f)


def bump(f: NDArray[np.float64]) -> NDArray[np.float64]:
    """Up to 40 in the middle, back to 0."""
    return 160 * f * (1 - f)


def kinked(f: NDArray[np.float64]) -> NDArray[np.float64]:
    """A line whose second half is five times as steep."""
    return 10 * f + 40 * np.maximum(f - 0.5, 0)


def stairs(f: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rises without any order, all of them whole numbers."""
    n = np.arange(1, len(f))
    return np.concatenate([[0.0], np.cumsum((37 * n * n + 11 * n) % 17)])


L2: Mapping[str, Shape] = {
    "zero": zero,
    "line": line(40.0),
    "line below every level": line(0.5),
    "line from above tau": lambda f: 2 + 30 * f,
    "step": step(8, 40.0),
    "early step": step(2, 30.0),
    "two steps, the later higher": two_steps(4, 0.5, 12, 40.0),
    "two steps, the earlier higher": two_steps(4, 30.0, 12, 40.0),
    "plateau, then a line": ramp(0.5, 1.0, 60.0),
    "ramp": ramp(0.25, 0.75, 60.0),
    "square": power(2, 80.0),
    "root": power(0.5, 80.0),
    "logistic": logistic(0.43, 0.2, 50.0),
    "overshoot": overshoot,
    "bump": bump,
    "kinked": kinked,
    "stairs": stairs,
}
"""What metrics of single paths are recorded on, as l2 or as kl."""

KL_SETS: Mapping[str, tuple[Sequence[Shape], Sequence[Shape]]] = {
    "a set and itself": ([line(1.0), step(8, 2.0)], [step(8, 2.0), line(1.0)]),
    "a step and nothing": ([step(8, 9e-3)], [zero]),
    "lines two decades apart": ([line(2.0)], [line(200.0)]),
    "a line and a cube": ([line(5.0)], [power(3, 5.0)]),
    "two and three": (
        [line(1e-3), logistic(0.43, 0.2, 5.0)],
        [line(1.0), power(2, 3.0), ramp(0.25, 0.75, 1e-2)],
    ),
    "four and six": (
        [line(0.1), line(3.0), step(8, 2.0), power(2, 9.0)],
        [line(0.3), step(4, 1.0), step(12, 4.0), ramp(0.5, 1.0, 2.0), power(3, 7.0), zero],
    ),
}
"""What metrics of two sets of paths are recorded on."""
