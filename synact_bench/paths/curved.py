"""Paths that bend about a centre."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from synact_bench.paths.checks import all_positive, same_rows, separated
from synact_bench.paths.shapes import Arcs
from synact_bench.paths.spec import PathSpec

if TYPE_CHECKING:
    from torch import Tensor

PARALLEL = 1e-6
"""Sine below which two directions count as parallel: float32 activations know them no better."""


def spherical(base: Tensor, target: Tensor, centre: Tensor) -> Arcs:
    """Turn base about ``centre`` (``[d]`` or ``[g, d]``) until it points along the target.

    The distance from the centre stays that of the base; the target's own distance plays no part.
    Where base and target lie in the same direction (sine below 1e-6) the path stays at the base.
    Where they are opposite, every great circle leads there: the path takes the one through the
    coordinate axis most nearly orthogonal to the base, the first such axis on ties.

    Raises:
        ValueError: a base or a target lies on the centre, or ``d`` is below 2.
    """
    import torch  # noqa: PLC0415  (what paths there are is known without it)

    same_rows(base=base, target=target)
    if base.shape[1] < 2:
        raise ValueError("a rotation needs at least two dimensions")
    middle = centre.double().expand_as(base)
    radial, toward = base.double() - middle, target.double() - middle
    radius = radial.norm(dim=-1, keepdim=True)
    reach = toward.norm(dim=-1, keepdim=True)
    all_positive(radius, "distance from base to centre")
    all_positive(reach, "distance from target to centre")
    unit, aim = radial / radius, toward / reach
    cosine = (unit * aim).sum(-1, keepdim=True)
    across = _across(unit, aim)
    sine = across.norm(dim=-1, keepdim=True)
    parallel = sine < PARALLEL
    axis = torch.zeros_like(unit).scatter_(-1, unit.abs().argmin(-1, keepdim=True), 1.0)
    across = torch.where(parallel, _across(unit, axis), across)
    tangent = across / across.norm(dim=-1, keepdim=True) * radius
    angle = torch.atan2(torch.where(parallel, torch.zeros_like(sine), sine), cosine)
    return Arcs(base, radial.float(), tangent.float(), angle.squeeze(-1).float())


def mixture(base: Tensor, target: Tensor, centre: Tensor) -> Arcs:
    """From base A to target T through ``m + cos(x) (A - m) + sin(x) (T - m)``, x = 0 to pi / 2.

    ``centre`` (m, ``[d]`` or ``[g, d]``) is the mean of real activations. The squares of the two
    weights add up to 1: if A and T are independent draws of one distribution with mean m, every
    point of the path has its mean and covariance, where straight paths lose variance in the
    middle. The path sets out along ``T - m``, in which A does not occur, while the first step of
    every straight path contains ``-A`` (arXiv 2410.12555). Fraction 1 is the target (to rounding).
    """
    same_rows(base=base, target=target)
    middle = centre.double().expand_as(base)
    angle = base.new_full((len(base),), math.pi / 2)
    return Arcs(base, (base - middle).float(), (target - middle).float(), angle)


def _across(unit: Tensor, other: Tensor) -> Tensor:
    """The part of ``other`` orthogonal to ``unit``, row by row."""
    return other - (unit * other).sum(-1, keepdim=True) * unit


def _off_the_centre(base: Tensor, target: Tensor, centre: Tensor) -> Tensor:
    """What lies on the centre has no direction from it."""
    middle = centre.expand_as(base)
    return separated(base, middle) & separated(target, middle)


SPHERICAL = PathSpec(
    name="spherical",
    version="1",
    summary="rotation toward the target at constant norm",
    build=spherical,
    keep=_off_the_centre,
    diagnostic=True,
    order=50,
)
MIXTURE = PathSpec(
    name="mixture",
    version="1",
    summary="from base to target at constant variance about the mean",
    build=mixture,
    diagnostic=True,
    order=60,
)
