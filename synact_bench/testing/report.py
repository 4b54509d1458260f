"""What a check found: an outcome for each rule, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from synact_bench.core.errors import PluginError
from synact_bench.testing.cost import Cost
from synact_bench.testing.rules import Rule

RuleVerdict = Literal["kept", "broken", "does not apply", "not reached"]


@dataclass(frozen=True)
class Outcome:
    """What became of one rule.

    Attributes:
        rule: the rule.
        verdict: ``not reached`` if one that it needs is broken.
        seen: what breaks it; empty unless it is broken.
    """

    rule: Rule
    verdict: RuleVerdict
    seen: str = ""

    @property
    def advice(self) -> str:
        """What was seen, why it matters and how to fix it; empty unless the rule is broken."""
        return f"{self.seen}. {self.rule.reason} {self.rule.remedy}" if self.seen else ""


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes:
        where: the generator, as a user knows it.
        outcomes: one for each rule, in their order.
        cost: time and memory; None if they could not be measured.
        uncosted: why not; empty if they were.
        setting: sizes of what it was checked on, in words; empty if they are not known.
    """

    where: str
    outcomes: tuple[Outcome, ...]
    cost: Cost | None
    uncosted: str = ""
    setting: str = ""

    @property
    def broken(self) -> tuple[str, ...]:
        """Names of the rules that are broken."""
        return tuple(each.rule.name for each in self.outcomes if each.verdict == "broken")

    @property
    def passed(self) -> bool:
        """Whether no rule is broken."""
        return not self.broken

    @property
    def summary(self) -> str:
        """One line: how many rules are kept, broken, or neither, and on what."""
        counts: dict[str, int] = {}
        for each in self.outcomes:
            counts[each.verdict] = counts.get(each.verdict, 0) + 1
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        return f"{verdicts}, on {self.setting}" if self.setting else verdicts

    def __str__(self) -> str:
        """The summary, then a line for each broken rule."""
        failures = (each for each in self.outcomes if each.verdict == "broken")
        lines = (f"  {each.rule.name}: {each.advice}" for each in failures)
        return "\n".join((f"{self.where}: {self.summary}", *lines))


class BrokenRulesError(PluginError):
    """A generator that breaks rules of the contract; lists all of them.

    Args:
        report: what was found.
    """

    def __init__(self, report: Report) -> None:
        super().__init__(
            f"breaks {len(report.broken)} of {len(report.outcomes)} rules"
            f"{f' on {report.setting}' if report.setting else ''}: {', '.join(report.broken)}",
            where=report.where,
            fix="fix them as the report says",
        )
        self.report = report

    def __str__(self) -> str:
        """The report: unlike other refusals, a line for each rule."""
        return str(self.report)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.report,)
