"""Paths through activation space: geometry only, sampled at fractions of their length.

A path starts at a *base* and runs toward a *target*. Every builder takes ``[g, d]`` float32
tensors, one row a path, and returns paths that make their points on demand, so that a caller may
hold thousands of paths and ever make the points of only a few.
"""

from __future__ import annotations

from synact_bench.core.path_kinds import PATHS, PathSpec
from synact_bench.paths.checks import separated
from synact_bench.paths.curved import mixture, spherical
from synact_bench.paths.shapes import Arcs, Paths, Segments
from synact_bench.paths.straight import absolute, matched, relative, scaled
from synact_bench.paths.table import build, usable

__all__ = [
    "PATHS",
    "Arcs",
    "PathSpec",
    "Paths",
    "Segments",
    "absolute",
    "build",
    "matched",
    "mixture",
    "relative",
    "scaled",
    "separated",
    "spherical",
    "usable",
]
