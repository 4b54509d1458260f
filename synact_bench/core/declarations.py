"""Declarations: what the modules of a room declare, found there and listed nowhere else."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar


class Declaration(Protocol):
    """What a room's table holds: a fact sheet at the top level of a module."""

    @property
    def name(self) -> str:
        """How it is asked for: unique in its room."""

    @property
    def order(self) -> int:
        """Where it stands in the table; equal ones are sorted by name."""


AnyDeclaration = TypeVar("AnyDeclaration", bound=Declaration)


def declared(room: str, kind: type[AnyDeclaration]) -> Mapping[str, AnyDeclaration]:
    """Every ``kind`` that a module of the package ``room`` has at its top level, by name.

    The modules are imported for it, in alphabetical order; one that declares nothing is a helper
    and adds nothing. A file that is put into the room is in its table, and needs no other edit.

    Returns:
        Sorted by ``order``, then by name.

    Raises:
        ValueError: two declarations have one name; the message says which modules they are in.
    """
    found: dict[str, tuple[AnyDeclaration, str]] = {}
    for module in _modules(room):
        for value in vars(sys.modules[module]).values():
            if not isinstance(value, kind):
                continue
            known, where = found.setdefault(value.name, (value, module))
            if known is not value:
                raise ValueError(
                    f"{where} and {module} both declare a {kind.__name__} called {value.name!r}; "
                    "rename one"
                )
    ordered = sorted((each for each, _ in found.values()), key=lambda each: (each.order, each.name))
    return MappingProxyType({each.name: each for each in ordered})


def _modules(room: str) -> Iterator[str]:
    """Names of the room's modules, each imported."""
    package = importlib.import_module(room)
    for name in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"{room}.{name}")
        yield f"{room}.{name}"
