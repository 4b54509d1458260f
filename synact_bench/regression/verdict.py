"""Verdict: what comparing with a baseline says, and the exit status that says it to a machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from synact_bench.scoring import CellName


class Severity(Enum):
    """What became of a number; the gravest comes first. Values are words for people."""

    DRIFT = "drift"
    """Nothing was declared to have changed, and the number did: the code behaves differently."""
    REGRESSION = "regression"
    """A new version of a method is significantly farther from real than the stored one."""
    IMPROVEMENT = "improvement"
    """A new version is significantly nearer to real."""
    OUTDATED = "outdated"
    """Something was declared to have changed, so the baseline says nothing about this number."""
    NEW = "new"
    """The baseline has no such row, cell or metric."""
    SAME = "same"
    """The number is what it was."""

    @property
    def exit_status(self) -> int:
        """Of a command whose gravest severity this is; apart from those of pytest, 0 to 5."""
        return _EXIT.get(self, 0)


_EXIT = {
    Severity.DRIFT: 10,
    Severity.REGRESSION: 11,
    Severity.IMPROVEMENT: 12,
    Severity.OUTDATED: 13,
}


@dataclass(frozen=True)
class Verdict:
    """What is said of one metric of a row, in one cell or in all that were compared.

    Attributes:
        row: name of the row.
        severity: what became of it.
        cell: experiment and path; None for all.
        metric: its name; None for all.
        reason: why, in words; empty where the severity says all.
        before: mean over paths, in the metric's unit; for two versions the distance from real.
        after: the same, now.
        pvalue: of no difference between two versions, adjusted for the headline metrics.
        paths: how many were compared with what they were.
        outliers: how many of them differ beyond the tolerance.
    """

    row: str
    severity: Severity
    cell: CellName | None = None
    metric: str | None = None
    reason: str = ""
    before: float | None = None
    after: float | None = None
    pvalue: float | None = None
    paths: int = 0
    outliers: int = 0

    def __str__(self) -> str:
        where = [self.row, *(self.cell or ()), *([self.metric] if self.metric else ())]
        return f"{self.severity.value}: {' '.join(where)}: {self.reason or 'as it was'}"


def gravest(verdicts: Iterable[Verdict]) -> Severity:
    """The gravest severity; the same as before where there is no verdict."""
    found = {each.severity for each in verdicts}
    return next((each for each in Severity if each in found), Severity.SAME)
