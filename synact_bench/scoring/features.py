"""Features: what the score sees of a path, and what is left of it when its prompt is taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics.base import Floats

OFFSET = 1e-6
"""Nats added to kl before its logarithm: below it, kl is rounding."""
RETURNED = 2.0
"""Most that l2 / l2(N) counts: a path that returns to its start divides by next to nothing."""
BLOCKS = ("size", "shape", "kl")
"""Parts of the features: l2 by the testbed's unit, l2 by the path's own end, logarithm of kl."""


class BlockScale(NamedTuple):
    """Median distance of two real paths of one base, by block of the features; each above 0."""

    size: float
    shape: float
    kl: float


@dataclass(frozen=True)
class FeatureScale:
    """The unit of each feature in one cell: frozen facts of a testbed.

    Attributes:
        final_l2: median l2 at the end of real paths, activation units at the read hook.
        blocks: by which each block is divided.
    """

    final_l2: float
    blocks: BlockScale

    def __post_init__(self) -> None:
        for name, value in (("final_l2", self.final_l2), *self.blocks._asdict().items()):
            if not (np.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be finite and above 0, not {value}")


def features(l2: Floats, kl: Floats, scale: FeatureScale) -> Floats:
    """What the score sees of each path, ``[paths, 3 * fractions]``.

    Three blocks of one number a fraction, each divided by its unit in ``scale``::

        size    l2 / final_l2
        shape   min(l2 / l2(N), 2)
        kl      log10(kl + 1e-6)

    Args:
        l2: at fixed fractions of the path, the last of them 1, ``[paths, fractions]``, at least 0.
        kl: nats, likewise.
        scale: of the cell.

    Raises:
        ValueError: a value is not finite, or l2 is 0 at the end of a path.
    """
    parts = _blocks(l2, kl, scale.final_l2)
    return np.concatenate([part / unit for part, unit in zip(parts, scale.blocks, strict=True)], 1)


def feature_scale(l2: Sequence[Floats], kl: Sequence[Floats]) -> FeatureScale:
    """The scale that real paths give.

    Args:
        l2: of independent draws of real activations for the same bases in the same order, at least
            two, each ``[bases, fractions]``.
        kl: likewise.

    Raises:
        ValueError: there are fewer than two draws, a value is not finite, or a block is the same
            on all of them.
    """
    if len(l2) < 2:
        raise ValueError(f"two draws of real activations are needed, not {len(l2)}")
    final = float(np.median(np.concatenate([each[:, -1] for each in l2])))
    drawn = [_blocks(*pair, final) for pair in zip(l2, kl, strict=True)]
    units = []
    for parts in zip(*drawn, strict=True):
        apart = [
            np.linalg.norm(first - second, axis=1)
            for at, first in enumerate(parts)
            for second in parts[:at]
        ]
        units.append(float(np.median(np.concatenate(apart))))
    return FeatureScale(final, BlockScale(*units))


def residuals(row: Floats, real: Floats) -> tuple[Floats, Floats]:
    """A row's paths and real ones with their prompt taken away.

    ``x_k = row - mean over j != k of real_j`` and ``y_k = real_k - mean over j != k of real_j``:
    what a prompt adds to every path from it cancels, and if the row is one more draw of real
    activations, exchanging it with ``real_k`` exchanges ``x_k`` and ``y_k``.

    Args:
        row: ``[bases, features]``.
        real: ``[draws, bases, features]``, at least two draws.

    Returns:
        x and y, ``[draws, bases, features]`` each.
    """
    draws = len(real)
    if draws < 2:
        raise ValueError(f"two draws of real activations are needed, not {draws}")
    others = (real.sum(axis=0) - real) / (draws - 1)
    return row - others, real - others


def block_columns(fractions: int) -> dict[str, NDArray[np.intp]]:
    """Columns of the features by block."""
    return {name: np.arange(at * fractions, (at + 1) * fractions) for at, name in enumerate(BLOCKS)}


def _blocks(l2: Floats, kl: Floats, final_l2: float) -> tuple[Floats, Floats, Floats]:
    if not (np.isfinite(l2).all() and np.isfinite(kl).all()):
        raise ValueError("curves are not finite at every scored fraction")
    last = l2[:, -1:]
    if not (last > 0).all():
        bad = int((last <= 0).sum())
        raise ValueError(f"{bad} of {len(l2)} paths end where they began: l2 is 0 there")
    shape = np.minimum(l2 / last, RETURNED)
    return l2 / final_l2, shape, np.log10(np.maximum(kl, 0) + OFFSET)
