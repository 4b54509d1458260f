from __future__ import annotations

from synact_bench.testing.report import BrokenRulesError, Outcome, Report
from synact_bench.testing.rules.rule import Rule


def rule(name):
    return Rule(name, lambda case: "", reason="Because.", remedy="Do so.")


REPORT = Report(
    "mine",
    (
        Outcome(rule("one"), "kept"),
        Outcome(rule("two"), "broken", "it is two"),
        Outcome(rule("three"), "kept"),
        Outcome(rule("four"), "not reached"),
    ),
    cost=None,
)


def test_broken_rules_are_named():
    assert REPORT.broken == ("two",)
    assert not REPORT.passed
    assert Report("mine", REPORT.outcomes[:1], None).passed


def test_the_text_is_the_summary_and_the_broken_rules():
    assert str(REPORT) == (
        "mine: 2 kept, 1 broken, 1 not reached\n  two: it is two. Because. Do so."
    )


def test_a_rule_that_is_kept_needs_no_advice():
    assert REPORT.outcomes[0].advice == ""


def test_the_error_says_what_the_report_says():
    error = BrokenRulesError(REPORT)
    assert str(error) == str(REPORT)
    assert (error.what, error.where) == ("breaks 1 of 4 rules: two", "mine")
    assert error.report is REPORT
