"""The contract kit: whether a generator keeps every rule, with no language model needed."""

from __future__ import annotations

from synact_bench.testing.check import check_generator
from synact_bench.testing.fixtures import Fixture, tiny, wide
from synact_bench.testing.report import BrokenRulesError, Outcome, Report
from synact_bench.testing.rules import RULES, Rule

__all__ = [
    "RULES",
    "BrokenRulesError",
    "Fixture",
    "Outcome",
    "Report",
    "Rule",
    "check_generator",
    "tiny",
    "wide",
]
