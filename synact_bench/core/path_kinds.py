"""The declared kinds of path: facts alone, so that boards can be made without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


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
            PathSpec("mixture", "1", "from base to target at constant variance about the mean"),
        )
    }
)
