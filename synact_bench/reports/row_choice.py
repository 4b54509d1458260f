"""Rows that a person names, of those that there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from synact_bench.core.errors import UnknownNameError

Item = TypeVar("Item")


class HasName(Protocol):
    """What has a name."""

    @property
    def name(self) -> str:
        """It."""


NamedItem = TypeVar("NamedItem", bound=HasName)


def chosen(found: Mapping[str, Item], names: Sequence[str]) -> dict[str, Item]:
    """What is named, in that order; all of it if nothing is.

    Raises:
        UnknownNameError: a name is none of them.
    """
    for name in names:
        if name not in found:
            raise UnknownNameError("row", name, found)
    return {name: found[name] for name in dict.fromkeys(names or found)}


def only(rows: Iterable[NamedItem], names: Sequence[str]) -> list[NamedItem]:
    """The named rows in their own order; all of them if none is named.

    Raises:
        UnknownNameError: there is no such row.
    """
    found = {row.name: row for row in rows}
    wanted = chosen(found, names)
    return [row for name, row in found.items() if name in wanted]
