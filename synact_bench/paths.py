"""Paths through activation space: geometry only, sampled at fractions of their length.

A path starts at a *base* and runs toward a *target*. Every builder takes ``[g, d]`` float32
tensors, one row a path, and returns paths that make their points on demand, so that a caller may
hold thousands of paths and ever make the points of only a few.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias, TypeVar

import torch
from torch import Tensor

from synact_bench.errors import UnknownNameError

T = TypeVar("T")

PARALLEL = 1e-6
"""Sine below which two directions count as parallel: float32 activations know them no better."""


@dataclass(frozen=True, eq=False)
class Segments:
    """Straight paths ``base + f * displacement``.

    Attributes:
        base: first point of each path, ``[g, d]`` float32.
        displacement: last point minus first, ``[g, d]`` float32.
    """

    base: Tensor
    displacement: Tensor

    def __post_init__(self) -> None:
        _same_rows(base=self.base, displacement=self.displacement)

    def __len__(self) -> int:
        return len(self.base)

    def __getitem__(self, rows: slice | Tensor) -> Segments:
        return Segments(self.base[rows], self.displacement[rows])

    def points(self, fractions: Tensor) -> Tensor:
        """Points at ``fractions`` of the length, ``[g, n, d]``; exactly ``base`` at 0.

        ``fractions`` are those of every path, ``[n]``, or of each its own, ``[g, n]``.
        """
        steps = fractions.to(self.base)[..., None]
        return self.base[:, None, :] + steps * self.displacement[:, None, :]


@dataclass(frozen=True, eq=False)
class Arcs:
    """Circular paths of constant distance from a centre.

    A point is ``base + (cos(f * angle) - 1) * radial + sin(f * angle) * tangent``: the centre
    itself cancels out, which keeps the first point exactly ``base``.

    Attributes:
        base: first point of each path, ``[g, d]`` float32.
        radial: base minus centre, ``[g, d]`` float32.
        tangent: orthogonal to ``radial``, of the same norm, toward the target, ``[g, d]`` float32.
        angle: angle turned at the end of the path in radians, 0 to pi, ``[g]`` float32.
    """

    base: Tensor
    radial: Tensor
    tangent: Tensor
    angle: Tensor

    def __post_init__(self) -> None:
        _same_rows(base=self.base, radial=self.radial, tangent=self.tangent)
        if self.angle.shape != self.base.shape[:1]:
            raise ValueError(f"angle {tuple(self.angle.shape)} must be [{len(self.base)}]")

    def __len__(self) -> int:
        return len(self.base)

    def __getitem__(self, rows: slice | Tensor) -> Arcs:
        return Arcs(self.base[rows], self.radial[rows], self.tangent[rows], self.angle[rows])

    def points(self, fractions: Tensor) -> Tensor:
        """Points at ``fractions`` of the angle, ``[g, n, d]``; exactly ``base`` at 0.

        ``fractions`` are those of every path, ``[n]``, or of each its own, ``[g, n]``.
        """
        turned = (self.angle[:, None] * fractions.to(self.base))[:, :, None]
        # cos(x) - 1 loses its digits for small x; this form does not.
        inward = -2 * torch.sin(turned / 2) ** 2
        outward = torch.sin(turned)
        return (
            self.base[:, None, :]
            + inward * self.radial[:, None, :]
            + outward * self.tangent[:, None, :]
        )


Paths: TypeAlias = Segments | Arcs


def relative(base: Tensor, target: Tensor) -> Segments:
    """From base to target: fraction 1 is the target (to rounding)."""
    _same_rows(base=base, target=target)
    return Segments(base, target - base)


def absolute(base: Tensor, target: Tensor, length: float) -> Segments:
    """``length`` activation units from base in the direction of the target.

    Raises:
        ValueError: a target coincides with its base, or ``length`` is not above 0.
    """
    _positive(torch.tensor(length), "length")
    return Segments(base, _direction(base, target) * length)


def matched(base: Tensor, target: Tensor, real_target: Tensor) -> Segments:
    """As :func:`absolute`, each path as long as its base is far from its real target.

    A target cannot then gain by being near or far.

    Raises:
        ValueError: a target or a real target coincides with its base.
    """
    _same_rows(base=base, real_target=real_target)
    length = (real_target - base).norm(dim=-1, keepdim=True)
    _positive(length, "distance from base to real target")
    return Segments(base, _direction(base, target) * length)


def scaled(base: Tensor, target: Tensor, length: float, median_norm: float) -> Segments:
    """As :func:`absolute`, with the length times ``||base|| / median_norm``.

    ``median_norm`` is the median norm of real activations: a base of twice that norm is moved
    twice as far, so an inflated norm cannot widen a plateau.

    Raises:
        ValueError: a target coincides with its base, a base is zero, or a number is not above 0.
    """
    _positive(torch.tensor(length), "length")
    _positive(torch.tensor(median_norm), "median_norm")
    norm = base.norm(dim=-1, keepdim=True)
    _positive(norm, "norm of the base")
    return Segments(base, _direction(base, target) * (norm * (length / median_norm)))


def spherical(base: Tensor, target: Tensor, centre: Tensor) -> Arcs:
    """Turn base about ``centre`` (``[d]`` or ``[g, d]``) until it points along the target.

    The distance from the centre stays that of the base; the target's own distance plays no part.
    Where base and target lie in the same direction (sine below 1e-6) the path stays at the base.
    Where they are opposite, every great circle leads there: the path takes the one through the
    coordinate axis most nearly orthogonal to the base, the first such axis on ties.

    Raises:
        ValueError: a base or a target lies on the centre, or ``d`` is below 2.
    """
    _same_rows(base=base, target=target)
    if base.shape[1] < 2:
        raise ValueError("a rotation needs at least two dimensions")
    middle = centre.double().expand_as(base)
    radial, toward = base.double() - middle, target.double() - middle
    radius = radial.norm(dim=-1, keepdim=True)
    reach = toward.norm(dim=-1, keepdim=True)
    _positive(radius, "distance from base to centre")
    _positive(reach, "distance from target to centre")
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


def separated(base: Tensor, target: Tensor, minimum: float = 1e-3) -> Tensor:
    """Whether each target is at least ``minimum`` from its base, ``[g]`` bool; drop the others."""
    _same_rows(base=base, target=target)
    return torch.ge((target - base).norm(dim=-1), minimum)


@dataclass(frozen=True)
class PathSpec:
    """A declared kind of path.

    Attributes:
        name: how it is asked for.
        version: raised whenever its points change.
        summary: one line for listings.
    """

    name: str
    version: str
    summary: str

    @property
    def identity(self) -> str:
        """``name@version``: part of the identity of every number measured on the path."""
        return f"{self.name}@{self.version}"


PATHS: Mapping[str, PathSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            PathSpec("relative", "1", "straight from base to target"),
            PathSpec("absolute", "1", "straight toward the target, a fixed length"),
            PathSpec("matched", "1", "straight toward the target, as far as the real target is"),
            PathSpec("scaled", "1", "straight toward the target, in proportion to the base's norm"),
            PathSpec("spherical", "1", "rotation toward the target at constant norm"),
        )
    }
)


def build(
    name: str,
    base: Tensor,
    target: Tensor,
    *,
    real_target: Tensor | None = None,
    length: float | None = None,
    median_norm: float | None = None,
    centre: Tensor | None = None,
) -> Paths:
    """Build the paths called ``name``; each kind reads only the keywords it needs.

    Raises:
        UnknownNameError: no path has that name.
        ValueError: a keyword the path needs is missing, or the builder refuses its input.
    """
    if name not in PATHS:
        raise UnknownNameError("path", name, PATHS)
    if name == "relative":
        return relative(base, target)
    if name == "matched":
        return matched(base, target, _needed(real_target, name, "real_target"))
    if name == "spherical":
        return spherical(base, target, _needed(centre, name, "centre"))
    span = _needed(length, name, "length")
    if name == "absolute":
        return absolute(base, target, span)
    return scaled(base, target, span, _needed(median_norm, name, "median_norm"))


def _needed(value: T | None, path: str, keyword: str) -> T:
    if value is None:
        raise ValueError(f"the {path} path needs {keyword}")
    return value


def _direction(base: Tensor, target: Tensor) -> Tensor:
    displacement = relative(base, target).displacement
    distance = displacement.norm(dim=-1, keepdim=True)
    _positive(distance, "distance from base to target")
    direction: Tensor = displacement / distance
    return direction


def _across(unit: Tensor, other: Tensor) -> Tensor:
    """The part of ``other`` orthogonal to ``unit``, row by row."""
    return other - (unit * other).sum(-1, keepdim=True) * unit


def _same_rows(**tensors: Tensor) -> None:
    shape = next(iter(tensors.values())).shape
    for name, tensor in tensors.items():
        if tensor.ndim != 2 or tensor.shape != shape or tensor.dtype != torch.float32:
            raise ValueError(
                f"{name} must be [g, d] float32 like the rest, not "
                f"{tuple(tensor.shape)} {tensor.dtype}"
            )


def _positive(values: Tensor, name: str) -> None:
    """Refuse zero, negative and non-finite numbers: NaN paths would only fail in the model."""
    bad = ~((values > 0) & torch.isfinite(values))
    if bad.any():
        raise ValueError(
            f"{name} must be finite and above 0 on every path; {int(bad.sum())} of {bad.numel()} "
            "is not (drop pairs that are not separated)"
        )
