"""Paths through a reconstruction and beyond, and equally long ones in other directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synact_bench.paths.checks import all_positive, same_rows, separated
from synact_bench.paths.shapes import Segments
from synact_bench.paths.spec import PathSpec

if TYPE_CHECKING:
    from torch import Tensor

EXTENT = 2.5
"""Length of the paths in distances from base to target: fraction 0.4, which is scored, has gone
that distance once and 0.8 twice."""


def through(base: Tensor, target: Tensor) -> Segments:
    """From base through the target to 2.5 times its distance; fraction 0.4 is the target."""
    same_rows(base=base, target=target)
    return Segments(base, EXTENT * (target - base))


def beside_covariance(base: Tensor, target: Tensor, gaussian: Tensor, centre: Tensor) -> Segments:
    """As long as :func:`through`, along a Gaussian sample minus its mean ``centre``.

    A random direction in which real activations vary: the more they do, the likelier.

    Raises:
        ValueError: a Gaussian sample lies on the centre.
    """
    return _as_far(base, target, gaussian - centre)


def beside_isotropic(base: Tensor, target: Tensor, isotropic: Tensor) -> Segments:
    """As long as :func:`through`, along a standard normal vector: every direction alike.

    Raises:
        ValueError: a vector is zero.
    """
    return _as_far(base, target, isotropic)


def beside_real(base: Tensor, target: Tensor, real_target: Tensor) -> Segments:
    """As long as :func:`through`, toward a real activation of another document.

    Raises:
        ValueError: a real target coincides with its base.
    """
    return _as_far(base, target, real_target - base)


def _as_far(base: Tensor, target: Tensor, along: Tensor) -> Segments:
    same_rows(base=base, target=target, along=along)
    size = along.norm(dim=-1, keepdim=True)
    all_positive(size, "length of the direction")
    length = EXTENT * (target - base).norm(dim=-1, keepdim=True)
    return Segments(base, along / size * length)


def _gaussian_off_the_centre(gaussian: Tensor, centre: Tensor) -> Tensor:
    """A sample on the centre has no direction from it."""
    return separated(gaussian, centre.expand_as(gaussian))


def _isotropic_has_a_length(isotropic: Tensor) -> Tensor:
    return separated(isotropic, isotropic.new_zeros(isotropic.shape))


def _real_target_apart(base: Tensor, real_target: Tensor) -> Tensor:
    """Where the real target is the base itself, there is no direction toward it."""
    return separated(base, real_target)


THROUGH = PathSpec(
    name="through",
    version="1",
    summary="straight through the target, to 2.5 times its distance",
    build=through,
    order=70,
)
BESIDE_COVARIANCE = PathSpec(
    name="beside-covariance",
    version="1",
    summary="as far as through, in a random direction of real activations' covariance",
    build=beside_covariance,
    keep=_gaussian_off_the_centre,
    order=80,
)
BESIDE_ISOTROPIC = PathSpec(
    name="beside-isotropic",
    version="1",
    summary="as far as through, in a random direction, all alike",
    build=beside_isotropic,
    keep=_isotropic_has_a_length,
    order=90,
)
BESIDE_REAL = PathSpec(
    name="beside-real",
    version="1",
    summary="as far as through, toward a real activation",
    build=beside_real,
    keep=_real_target_apart,
    order=100,
)
