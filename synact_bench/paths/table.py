"""Paths built by the name of their kind."""

from __future__ import annotations

from typing import TypeVar

from torch import Tensor

from synact_bench.errors import UnknownNameError
from synact_bench.path_kinds import PATHS
from synact_bench.paths.curved import mixture, spherical
from synact_bench.paths.shapes import Paths
from synact_bench.paths.straight import absolute, matched, relative, scaled

T = TypeVar("T")


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
    if name in {"spherical", "mixture"}:
        curved = spherical if name == "spherical" else mixture
        return curved(base, target, _needed(centre, name, "centre"))
    span = _needed(length, name, "length")
    if name == "absolute":
        return absolute(base, target, span)
    return scaled(base, target, span, _needed(median_norm, name, "median_norm"))


def _needed(value: T | None, path: str, keyword: str) -> T:
    if value is None:
        raise ValueError(f"the {path} path needs {keyword}")
    return value
