"""Short labels of testbeds, for the heads of narrow columns."""

from __future__ import annotations

from collections.abc import Sequence

from synact_bench.reports import formatting
from synact_bench.reports.declared import declared
from synact_bench.reports.grid import Column


def labels(columns: Sequence[Column]) -> dict[str, str]:
    """A label for each testbed, by its name: initial and layer, such as ``S15``.

    The layer is that of a built-in testbed: what another one declares is not stored with its
    cells. Where two would have one label all are numbered instead: ``T1``, ``T2``.
    """
    found = [_initial_and_layer(each) for each in columns]
    if len(set(found)) < len(found):
        found = [f"T{number}" for number in range(1, len(found) + 1)]
    return {each.name: label for each, label in zip(columns, found, strict=True)}


def legend(columns: Sequence[Column]) -> list[str]:
    """A line for each testbed: its label, its name and what it is."""
    lines = []
    for column, label in zip(columns, labels(columns).values(), strict=True):
        testbed = declared(column.setting)
        about = f": {formatting.escape(testbed.summary)}" if testbed and testbed.summary else "."
        lines.append(f"- **{label}** is {formatting.escape(column.name)}{about}")
    return lines


def _initial_and_layer(column: Column) -> str:
    testbed = declared(column.setting)
    layer = "" if testbed is None else str(testbed.write_layer)
    initial = next((each for each in column.name if each.isascii() and each.isalpha()), "T")
    return initial.upper() + layer
