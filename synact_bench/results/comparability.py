"""Comparability: the facts in which measurements must agree before they are compared.

Every comparison asks here what differs, and says it in words of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from synact_bench.results.record import CellIdentity, GeneratorIdentity, Record

SHARED = (
    "testbed",
    "testbed_digest",
    "preset",
    "bases",
    "refined",
    "points",
    "seed",
    "dtype",
    "engine",
    "design",
    "rules",
)
"""Fields of an identity that all cells of a board have in common."""


class Difference(NamedTuple):
    """A fact that two measurements do not share.

    Attributes:
        fact: its name.
        first: what the one states, None if nothing.
        second: what the other states.
    """

    fact: str
    first: object
    second: object


def differences(
    first: Mapping[str, object], second: Mapping[str, object], *, among: Iterable[str] | None = None
) -> list[Difference]:
    """What differs between the facts of two measurements.

    Args:
        first: by name.
        second: by name.
        among: the facts that are looked at; by default all that one of them states.
    """
    names = dict.fromkeys((*first, *second) if among is None else among)
    pairs = (Difference(name, first.get(name), second.get(name)) for name in names)
    return [each for each in pairs if each.first != each.second]


def board_facts(record: Record) -> dict[str, object]:
    """What all cells of one board state alike; of experiments and paths, each its version."""
    identity = record.identity
    facts: dict[str, object] = {name: getattr(identity, name) for name in SHARED}
    for kind, versioned in (("experiment", identity.experiment), ("path", identity.path)):
        name, _, version = versioned.partition("@")
        facts[f"version of {kind} {name}"] = version
    return facts | {"split": record.split} | record.metric_facts.model_dump()


def cell_facts(identity: CellIdentity) -> dict[str, object]:
    """What the identities of a board's cells of one experiment and path have in common."""
    return {name: getattr(identity, name) for name in (*SHARED, "experiment", "path")}


def generator_facts(identity: GeneratorIdentity) -> dict[str, object]:
    """What makes a row the same generator wherever it is measured."""
    return identity.model_dump(exclude={"name"})
