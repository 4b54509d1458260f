"""How a board was measured, and what tells it from boards that were measured otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import NamedTuple

from synact_bench.results.record import Record


class Terms(NamedTuple):
    """How much was measured, and on which prompts: testbeds that share them are averaged."""

    preset: str
    bases: int
    refined: int
    points: int
    seed: int
    split: str
    dtype: str
    engine: str

    @classmethod
    def of(cls, record: Record) -> Terms:
        """Those of a cell; of its engine the name, since older versions are archived."""
        identity = record.identity
        return cls(
            preset=identity.preset,
            bases=identity.bases,
            refined=identity.refined,
            points=identity.points,
            seed=identity.seed,
            split=record.split,
            dtype=identity.dtype,
            engine=identity.engine.partition("@")[0],
        )


APART = MappingProxyType(
    {
        "bases": "{} bases",
        "preset": "preset {}",
        "split": "{} split",
        "seed": "seed {}",
        "dtype": "{}",
        "engine": "{} engine",
        "points": "{} points",
        "refined": "{} refined",
    }
)
"""What tells one measurement from another, most telling first, in words."""


def telling(several: Sequence[Terms]) -> list[str]:
    """The fields that tell different terms apart: none for a single one, and few for several."""

    def told(fields: Sequence[str]) -> int:
        return len({tuple(getattr(each, name) for name in fields) for each in several})

    found: list[str] = []
    for field in APART:
        if told([*found, field]) > told(found):
            found.append(field)
    return found


def in_words(terms: Terms, fields: Iterable[str]) -> str:
    """What some fields of terms are."""
    return ", ".join(APART[each].format(getattr(terms, each)) for each in fields)
