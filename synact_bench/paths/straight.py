"""Straight paths: they differ in how far they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synact_bench.paths.checks import all_positive, positive, same_rows, separated
from synact_bench.paths.shapes import Segments
from synact_bench.paths.spec import PathSpec

if TYPE_CHECKING:
    from torch import Tensor


def relative(base: Tensor, target: Tensor) -> Segments:
    """From base to target: fraction 1 is the target (to rounding)."""
    same_rows(base=base, target=target)
    return Segments(base, target - base)


def absolute(base: Tensor, target: Tensor, length: float) -> Segments:
    """``length`` activation units from base in the direction of the target.

    Raises:
        ValueError: a target coincides with its base, or ``length`` is not above 0.
    """
    positive(length, "length")
    return Segments(base, _direction(base, target) * length)


def matched(base: Tensor, target: Tensor, real_target: Tensor) -> Segments:
    """As :func:`absolute`, each path as long as its base is far from its real target.

    A target cannot then gain by being near or far.

    Raises:
        ValueError: a target or a real target coincides with its base.
    """
    same_rows(base=base, real_target=real_target)
    length = (real_target - base).norm(dim=-1, keepdim=True)
    all_positive(length, "distance from base to real target")
    return Segments(base, _direction(base, target) * length)


def scaled(base: Tensor, target: Tensor, length: float, median_norm: float) -> Segments:
    """As :func:`absolute`, with the length times ``||base|| / median_norm``.

    ``median_norm`` is the median norm of real activations: a base of twice that norm is moved
    twice as far, so an inflated norm cannot widen a plateau.

    Raises:
        ValueError: a target coincides with its base, a base is zero, or a number is not above 0.
    """
    positive(length, "length")
    positive(median_norm, "median_norm")
    norm = base.norm(dim=-1, keepdim=True)
    all_positive(norm, "norm of the base")
    return Segments(base, _direction(base, target) * (norm * (length / median_norm)))


def _direction(base: Tensor, target: Tensor) -> Tensor:
    displacement = relative(base, target).displacement
    distance = displacement.norm(dim=-1, keepdim=True)
    all_positive(distance, "distance from base to target")
    direction: Tensor = displacement / distance
    return direction


def _real_target_apart(base: Tensor, real_target: Tensor) -> Tensor:
    """Where the real target is the base itself, the path has no length."""
    return separated(base, real_target)


def _base_has_a_norm(base: Tensor) -> Tensor:
    """Where the base has none, the path has no length."""
    return separated(base, base.new_zeros(base.shape))


RELATIVE = PathSpec(
    name="relative",
    version="1",
    summary="straight from base to target",
    build=relative,
    order=10,
)
ABSOLUTE = PathSpec(
    name="absolute",
    version="1",
    summary="straight toward the target, a fixed length",
    build=absolute,
    diagnostic=True,
    order=20,
)
MATCHED = PathSpec(
    name="matched",
    version="1",
    summary="straight toward the target, as far as the real target is",
    build=matched,
    keep=_real_target_apart,
    order=30,
)
SCALED = PathSpec(
    name="scaled",
    version="1",
    summary="straight toward the target, in proportion to the base's norm",
    build=scaled,
    keep=_base_has_a_norm,
    order=40,
)
