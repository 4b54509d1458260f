"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from synact_bench.generators.base import GeneratorCard
from synact_bench.testing.case import Case


def always(_: GeneratorCard) -> bool:
    """Every generator is held to the rule."""
    return True


@dataclass(frozen=True)
class Rule:
    """One thing every generator keeps to.

    Attributes:
        name: how the rule is spoken of.
        broken: looks at a case and says what was seen that breaks the rule; empty if nothing. A
            ``SynactError`` that it raises says so too.
        reason: why the rule is there, one sentence.
        remedy: how to fix what breaks it, one sentence.
        needs: rules that must hold for this one to be looked at.
        applies: whether a generator with this card is held to the rule.
    """

    name: str
    broken: Callable[[Case], str]
    reason: str
    remedy: str
    needs: tuple[str, ...] = ()
    applies: Callable[[GeneratorCard], bool] = always
