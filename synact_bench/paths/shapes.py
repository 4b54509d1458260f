"""Shapes of paths: they make their points on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from synact_bench.paths.checks import same_rows

if TYPE_CHECKING:
    from torch import Tensor


class Paths(Protocol):
    """Some paths: what a builder returns, and all that is asked of them."""

    def __len__(self) -> int:
        """How many."""

    def __getitem__(self, rows: slice | Tensor) -> Paths:
        """Some of them."""

    def points(self, fractions: Tensor) -> Tensor:
        """Points at ``fractions`` of the path, ``[g, n, d]``; exactly the base at 0.

        ``fractions`` are those of every path, ``[n]``, or of each its own, ``[g, n]``.
        """


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
        same_rows(base=self.base, displacement=self.displacement)

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
    """Arcs of ellipses about a centre.

    A point is ``base + (cos(f * angle) - 1) * radial + sin(f * angle) * tangent``: the centre
    itself cancels out, which keeps the first point exactly ``base``. The ellipse is a circle where
    ``tangent`` is orthogonal to ``radial`` and as long.

    Attributes:
        base: first point of each path, ``[g, d]`` float32.
        radial: base minus centre, ``[g, d]`` float32.
        tangent: direction of the first step; centre plus ``tangent`` is reached after a quarter
            turn, ``[g, d]`` float32.
        angle: angle turned at the end of the path in radians, 0 to pi, ``[g]`` float32.
    """

    base: Tensor
    radial: Tensor
    tangent: Tensor
    angle: Tensor

    def __post_init__(self) -> None:
        same_rows(base=self.base, radial=self.radial, tangent=self.tangent)
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
        inward = -2 * (turned / 2).sin() ** 2
        outward = turned.sin()
        return (
            self.base[:, None, :]
            + inward * self.radial[:, None, :]
            + outward * self.tangent[:, None, :]
        )
