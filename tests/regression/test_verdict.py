from __future__ import annotations

import pytest

from synact_bench.regression.verdict import Severity, Verdict, gravest
from synact_bench.scoring import CellName


def test_what_a_machine_must_tell_apart_has_exit_statuses_of_its_own() -> None:
    failing = [Severity.DRIFT, Severity.REGRESSION, Severity.IMPROVEMENT, Severity.OUTDATED]
    statuses = [each.exit_status for each in failing]
    assert statuses == [10, 11, 12, 13]
    assert not set(statuses) & set(range(6))  # pytest's own
    assert [each.exit_status for each in (Severity.NEW, Severity.SAME)] == [0, 0]


@pytest.mark.parametrize("at", range(len(Severity)))
def test_the_gravest_decides(at: int) -> None:
    verdicts = [Verdict("row", each) for each in reversed(list(Severity)[at:])]
    assert gravest(verdicts) is list(Severity)[at]
    assert gravest([]) is Severity.SAME


def test_a_verdict_reads_as_a_line() -> None:
    verdict = Verdict("mean", Severity.DRIFT, CellName("plateau", "scaled"), "plateau_width", "why")
    assert str(verdict) == "drift: mean plateau scaled plateau_width: why"
    assert str(Verdict("mean", Severity.SAME)) == "same: mean: as it was"
