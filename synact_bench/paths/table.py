"""Paths by the name of their kind: which pairs it takes, and how they are built."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor

from synact_bench.core.errors import UnknownNameError
from synact_bench.core.path_kinds import PATHS
from synact_bench.paths.checks import separated
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


def usable(
    name: str,
    base: Tensor,
    target: Tensor,
    *,
    real_target: Tensor | None = None,
    centre: Tensor | None = None,
) -> Tensor:
    """Which pairs make a path called ``name``, ``[g]`` bool; drop the others before ``build``.

    Too close are base and target, or what the length or the direction of the path comes from.

    Raises:
        UnknownNameError: no path has that name.
        ValueError: a keyword the path needs is missing.
    """
    if name not in PATHS:
        raise UnknownNameError("path", name, PATHS)
    apart = separated(base, target)
    if name == "matched":
        apart &= separated(base, _needed(real_target, name, "real_target"))
    if name == "scaled":  # a base without a norm has a path without a length
        apart &= separated(base, torch.zeros_like(base))
    if name == "spherical":  # what lies on the centre has no direction from it
        middle = _needed(centre, name, "centre").expand_as(base)
        apart &= separated(base, middle) & separated(target, middle)
    return apart


def _needed(value: T | None, path: str, keyword: str) -> T:
    if value is None:
        raise ValueError(f"the {path} path needs {keyword}")
    return value
