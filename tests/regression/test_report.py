from __future__ import annotations

import pytest

from synact_bench.regression import report
from synact_bench.regression.verdict import Severity, Verdict
from synact_bench.scoring import CellName

SCALED, ABSOLUTE = CellName("plateau", "scaled"), CellName("plateau", "absolute")


def test_a_line_is_a_row_and_metric_with_the_gravest_of_its_cells() -> None:
    verdicts = [
        Verdict("mean", Severity.SAME, SCALED, "plateau_width", before=0.25, after=0.25),
        Verdict("mean", Severity.DRIFT, ABSOLUTE, "plateau_width", "why", 0.75, 0.25),
        Verdict("mine", Severity.REGRESSION, None, "kl_curve_gap", "why", 0.5, 1.5, 0.03125),
        Verdict("other", Severity.NEW),
    ]
    head, rule, *lines = report.table(verdicts).splitlines()
    assert head.split() == ["row", "metric", "before", "now", "p", "verdict"]
    assert set(rule) == {"-", " "}
    assert [line.split() for line in lines] == [
        ["mean", "plateau_width", "0.5", "0.25", "drift"],
        ["mine", "kl_curve_gap", "0.5", "1.5", "0.03125", "regression"],
        ["other", "all", "new"],
    ]


@pytest.mark.parametrize("severity", Severity)
def test_each_outcome_has_a_message_of_its_own(severity: Severity) -> None:
    lines = report.summary([Verdict("mean", severity, reason="why")])
    assert lines[0] == f"{severity.value}: {report.MEANING[severity]} (1 numbers of 1 rows)"
    assert (f"  {severity.value}: mean: why" in lines) == bool(severity.exit_status)
    assert len(set(report.MEANING.values())) == len(Severity)


def test_strays_are_told() -> None:
    verdicts = [
        Verdict("mean", Severity.SAME, SCALED, "plateau_width", paths=8, outliers=1),
        Verdict("mean", Severity.SAME, ABSOLUTE, "plateau_width", paths=8),
        Verdict("mean", Severity.SAME, SCALED, "ap_step", paths=8),
        Verdict("mean", Severity.DRIFT, SCALED, "rise_width", paths=8, outliers=8),
    ]
    assert report.summary(verdicts)[-1] == (
        "paths that differ singly, as rounding may: plateau_width 1 of 16"
    )
    assert "singly" not in "".join(report.summary(verdicts[1:]))


@pytest.mark.parametrize(
    ("many", "line"),
    [
        (1, "row0 plateau scaled"),
        (7, ", ".join([*(f"row{at} plateau scaled" for at in range(5)), "and 2 more"])),
    ],
)
def test_of_many_cells_the_first_are_listed(many: int, line: str) -> None:
    assert report.listed([(f"row{at}", SCALED) for at in range(many)]) == line


def test_the_gravest_comes_first() -> None:
    verdicts = [Verdict("mean", each) for each in reversed(Severity)]
    lines = [line for line in report.summary(verdicts) if not line.startswith(" ")]
    assert [line.split(":")[0] for line in lines] == [each.value for each in Severity]
    assert report.summary([]) == []
