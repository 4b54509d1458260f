"""The built-in generators: what is scored beside a plugin. One file a method.

The tables are filled when one is first asked for: whoever wants a card alone loads no torch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType

from synact_bench.core.declarations import declared
from synact_bench.core.setting import Site
from synact_bench.generators.base import Generator
from synact_bench.generators.built_in import BuiltIn

__all__ = ["BUILTINS", "COMPOSITIONS", "OPTIONAL_BASELINES", "RECONSTRUCTIONS"]

ENTRY_POINT_GROUP = "synact_bench.generators"
"""Where an installed package declares its generators, by the name they are selected with."""

Builders = Mapping[str, Callable[[], Generator]]

BUILTINS: Builders
"""Builders by name, in the order of a board's rows."""
COMPOSITIONS: Builders
"""Builders by name of those that compose a dictionary's latents: they say how good it is."""
OPTIONAL_BASELINES: Builders
"""Builders of further methods by name. Some take minutes to fit: they run in the presets that have
``optional_baselines``, and wherever they are named."""
RECONSTRUCTIONS: Builders
"""Builders by name of those that are shown the base itself and return its approximation: rows of a
board of their own."""


def optional_in(site: Site) -> Builders:
    """Those of ``OPTIONAL_BASELINES`` that can be measured at the site of a testbed."""
    found = [each for each in _suited(site) if each.optional and not each.reconstructs]
    return {each.name: each.builder for each in found}


def reconstructions_in(site: Site) -> Builders:
    """Those of ``RECONSTRUCTIONS`` that can be measured at the site of a testbed."""
    return {each.name: each.builder for each in _suited(site) if each.reconstructs}


def _suited(site: Site) -> list[BuiltIn]:
    return [each for each in declared(__name__, BuiltIn).values() if each.suits(site)]


def module_of(name: str) -> str:
    """Name of the module that declares a built-in generator; empty for any other."""
    found = declared(__name__, BuiltIn).get(name)
    if found is None:
        return ""
    rooms = sorted(each for each in sys.modules if each.startswith(f"{__name__}."))
    return next(
        each for each in rooms if any(it is found for it in vars(sys.modules[each]).values())
    )


def __getattr__(name: str) -> Builders:
    """One of the tables.

    Raises:
        AttributeError: there is no such name.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = declared(__name__, BuiltIn)
    generating = [each for each in found.values() if not each.reconstructs]
    tables = {
        "BUILTINS": [each for each in generating if not each.optional],
        "COMPOSITIONS": [each for each in found.values() if each.composes],
        "OPTIONAL_BASELINES": [each for each in generating if each.optional],
        "RECONSTRUCTIONS": [each for each in found.values() if each.reconstructs],
    }
    for table, rows in tables.items():
        globals()[table] = MappingProxyType({each.name: each.builder for each in rows})
    builders: Builders = globals()[name]
    return builders
