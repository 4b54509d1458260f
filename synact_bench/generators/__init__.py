"""The built-in generators: what is scored beside a plugin. One file a method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from synact_bench.core.declarations import declared
from synact_bench.generators.base import Generator
from synact_bench.generators.built_in import BuiltIn

__all__ = ["BUILTINS", "COMPOSITIONS", "ENTRANTS"]

_DECLARED = declared(__name__, BuiltIn)


def _builders(asked: Callable[[BuiltIn], bool]) -> Mapping[str, Callable[[], Generator]]:
    return MappingProxyType({name: each.build for name, each in _DECLARED.items() if asked(each)})


BUILTINS = _builders(lambda each: not each.optional)
"""Builders by name, in the order of a board's rows."""

ENTRANTS = _builders(lambda each: each.optional)
"""Builders of further methods by name. Some take minutes to fit: they run in the presets that have
``entrants``, and wherever they are named."""

COMPOSITIONS = _builders(lambda each: each.composes)
"""Builders by name of those that compose a dictionary's latents: they say how good it is."""
