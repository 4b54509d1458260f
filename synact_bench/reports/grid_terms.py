"""The terms on which boards of different testbeds may stand in one grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synact_bench.core.errors import RecordError
from synact_bench.reports.board import Board, BoardRow
from synact_bench.results.comparability import differences, generator_facts
from synact_bench.results.record import GeneratorIdentity

SHARED = (
    "preset",
    "bases",
    "refined",
    "points",
    "dtype",
    "engine",
    "design",
    "rules",
    "experiments",
    "paths",
    "metrics",
)
"""Facts of a setting that all boards of a grid have in common; the testbed is what differs."""


def refuse_incomparable(boards: Sequence[Board]) -> None:
    """Refuse boards that cannot stand in one grid.

    Raises:
        RecordError: there are fewer than two, two are of one testbed, or they were measured
            differently.
    """
    names = [board.setting.name for board in boards]
    if len(set(names)) < max(len(names), 2):
        raise RecordError(
            f"a grid needs two testbeds or more, each of them once: {', '.join(names) or 'none'}",
            where="the grid",
            fix="give cells of another testbed too",
        )
    for board in boards[1:]:
        found = differences(vars(boards[0].setting), vars(board.setting), among=SHARED)
        for fact, here, there in found:
            raise RecordError(
                f"{fact.replace('_', ' ')}: {_shown(here)} on the first, {_shown(there)} on "
                "the second: they cannot be compared",
                where=f"testbeds {names[0]} and {board.setting.name}",
                fix="measure both the same way",
            )


def refuse_different(found: Mapping[str, Mapping[str, BoardRow]]) -> None:
    """Refuse a row that is another generator on another testbed.

    Raises:
        RecordError: its version, parameters or source differ.
    """
    known: dict[str, tuple[str, GeneratorIdentity]] = {}
    for testbed, rows in found.items():
        for name, row in rows.items():
            first, identity = known.setdefault(name, (testbed, row.identity))
            both = map(generator_facts, (identity, row.identity))
            for fact, here, there in differences(*both):
                raise RecordError(
                    f"the {fact.replace('_', ' ')} of {name} is {here} on the first, {there} "
                    "on the second: it is not the same generator",
                    where=f"testbeds {first} and {testbed}",
                    fix="measure it on both as it is now",
                )


def _shown(fact: object) -> object:
    return ", ".join(map(str, fact)) if isinstance(fact, tuple) else fact
