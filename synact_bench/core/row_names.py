"""Names of rows: which only the benchmark itself carries, and when two are too alike."""

from __future__ import annotations

from collections.abc import Mapping

from synact_bench.core.experiments import (
    CONTROLS,
    EXPERIMENTS,
    LADDER,
    OPTIONAL_DRAWS,
    WRONG_PROMPT,
)

RESERVED: Mapping[str, str] = {
    **{name: "a row that the design draws" for each in EXPERIMENTS.values() for name in each.draws},
    **dict.fromkeys(OPTIONAL_DRAWS, "a row that the design draws"),
    **dict.fromkeys(LADDER, "a rung of the ladder"),
    **dict.fromkeys((*CONTROLS, WRONG_PROMPT), "a control"),
}
"""What is called so, by name, on every board."""

RENAMED: Mapping[str, str] = {"kind-gaussian": "cluster-gaussian", "kind-flow": "cluster-flow"}
"""Rows of this project that had another name before 0.3, by that name: it still selects them, no
plugin may have it, and their random streams are still called by it, so that no number changed."""


def present(name: str) -> str:
    """What a row is called now."""
    return RENAMED.get(name, name)


def first(name: str) -> str:
    """What a row was called when it was first measured."""
    return next((old for old, new in RENAMED.items() if new == name), name)


def clash(name: str, taken: Mapping[str, str]) -> str:
    """Which row has the name, or one that differs by dots and dashes alone; empty if none.

    Args:
        name: of a generator.
        taken: names in use beside those reserved, with whose each is.
    """
    renamed = dict.fromkeys(RENAMED, "a row of the benchmark, once")
    for other, whose in {**taken, **RESERVED, **renamed}.items():
        if _key(other) == _key(name):
            alike = "" if other == name else f" (too like {other!r})"
            return f"{name!r} is the name of {whose}{alike}"
    return ""


def _key(name: str) -> str:
    return name.casefold().translate({ord("."): None, ord("-"): None})
