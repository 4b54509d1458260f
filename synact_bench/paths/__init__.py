"""Paths through activation space: geometry only, sampled at fractions of their length.

A path starts at a *base* and runs toward a *target*. Every builder takes ``[g, d]`` float32
tensors, one row a path, and returns paths that make their points on demand, so that a caller may
hold thousands of paths and ever make the points of only a few.

One file a family; what a file declares is in ``PATHS``. Boards are made from names and versions
alone: no module here imports torch before a path is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from synact_bench.core.declarations import declared
from synact_bench.core.errors import UnknownNameError
from synact_bench.paths.beyond import beside_covariance, beside_isotropic, beside_real, through
from synact_bench.paths.checks import separated
from synact_bench.paths.curved import mixture, spherical
from synact_bench.paths.shapes import Arcs, Paths, Segments
from synact_bench.paths.spec import BuildFacts, PathSpec
from synact_bench.paths.straight import absolute, matched, relative, scaled

if TYPE_CHECKING:
    from torch import Tensor
    from typing_extensions import Unpack

    from synact_bench.core.experiments import Experiment

__all__ = [
    "PATHS",
    "Arcs",
    "BuildFacts",
    "PathSpec",
    "Paths",
    "Segments",
    "absolute",
    "beside_covariance",
    "beside_isotropic",
    "beside_real",
    "build",
    "diagnostic",
    "matched",
    "mixture",
    "relative",
    "scaled",
    "separated",
    "spherical",
    "through",
    "usable",
]

PATHS = declared(__name__, PathSpec)
"""Every kind of path by name."""


def diagnostic(experiment: Experiment) -> tuple[str, ...]:
    """Names of the paths that check the instrument and are not scored in the experiment."""
    return tuple(
        name for name, each in PATHS.items() if each.diagnostic and name not in experiment.paths
    )


def build(name: str, base: Tensor, target: Tensor, **facts: Unpack[BuildFacts]) -> Paths:
    """Build the paths called ``name``; each kind is told only what it needs.

    Raises:
        UnknownNameError: no path has that name.
        ValueError: a keyword the path needs is missing, or the builder refuses its input.
    """
    return _find(name).built(base, target, facts)


def usable(name: str, base: Tensor, target: Tensor, **facts: Unpack[BuildFacts]) -> Tensor:
    """Which pairs make a path called ``name``, ``[g]`` bool; drop the others before ``build``.

    Too close are base and target, or what the length or the direction of the path comes from.

    Raises:
        UnknownNameError: no path has that name.
        ValueError: a keyword the path needs is missing.
    """
    return _find(name).kept(base, target, facts)


def _find(name: str) -> PathSpec:
    if name not in PATHS:
        raise UnknownNameError("path", name, PATHS)
    return PATHS[name]
