from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from synact_bench.similarity.diversity import FLAG
from synact_bench.similarity.rule import (
    Closeness,
    CloseRule,
    RareRule,
    RuleResult,
    SimilarityRule,
    StatisticRule,
)
from synact_bench.similarity.rules import RULES

PUBLISHED = [
    *("near-duplicate", "test-pool", "not-authentic", "data-copying", "mixture", "rescaled"),
    "echo",
]


def test_the_published_rules_come_first_and_in_their_order() -> None:
    assert [*RULES][: len(PUBLISHED)] == PUBLISHED
    assert all(rule.name == name for name, rule in RULES.items())


def test_the_document_has_a_row_for_every_rule_that_begins_with_what_it_measures() -> None:
    text = (Path(__file__).parents[2] / "docs" / "trust.md").read_text(encoding="utf-8")
    table = text.split("| flag | measured for each activation |")[1].split("\n\n")[0]
    rows = dict(re.findall(r"^\| `([\w-]+)` \| ([^|]+) \|", table, re.MULTILINE))
    assert rows.keys() == {*RULES, FLAG}
    for name, rule in RULES.items():
        assert rows[name].startswith(rule.measured), name


def sample(values: list[float], *, name: str = "new") -> Closeness:
    return Closeness({name: np.array(values)}, np.zeros(len(values), dtype=np.int64))


def judged(
    rule: SimilarityRule, values: list[float], real: list[float], limit: float | None = None
) -> RuleResult:
    found = rule.judged(sample(values), sample(real), {rule.name: limit})
    assert found is not None
    return found


HUNDRED = [float(each) for each in range(100)]
CLOSE = CloseRule(name="new", measured="a number", measure=lambda _: None)
RARE = RareRule(name="new", measured="a fact", measure=lambda _: None)


def test_a_close_rule_is_broken_where_too_many_rows_reach_the_threshold() -> None:
    found = judged(CLOSE, [0.0] * 20 + [50.0] * 20, HUNDRED)
    assert (found.value, found.expected, found.threshold) == (0.5, 0.01, 0.0)
    assert found.flagged
    assert not judged(CLOSE, HUNDRED, HUNDRED).flagged


def test_a_close_rule_counts_no_rows_above_its_highest_threshold() -> None:
    capped = dataclasses.replace(CLOSE, at_most=-0.7)
    found = judged(capped, [-0.8] * 20 + [-0.1] * 80, [each / 100 for each in HUNDRED])
    assert (found.value, found.expected, found.threshold) == (0.2, 0.0, -0.7)
    assert found.flagged
    assert not judged(capped, [-0.1] * 100, [each / 100 for each in HUNDRED]).flagged
    lower = judged(capped, [-0.8] * 20, [-0.9, *HUNDRED])
    assert (lower.value, lower.threshold) == (0.0, -0.9)


def test_a_rare_rule_is_broken_where_it_is_true_of_too_few() -> None:
    half = [0.0, 1.0] * 50
    found = judged(RARE, [0.0] * 40, half)
    assert (found.value, found.expected, found.threshold) == (0.0, 0.5, None)
    assert found.flagged
    assert not judged(RARE, [1.0] * 40, half).flagged


def statistic(limit: float | None) -> StatisticRule:
    return StatisticRule(
        name="new",
        measured="the mean",
        symbol="m",
        statistic=lambda one, other: float(
            one.measured["new"].mean() - other.measured["new"].mean()
        ),
        limit=lambda *_: limit,
    )


def test_a_statistic_is_broken_below_its_limit_and_not_tried_without_one() -> None:
    rule = statistic(-3.0)
    low, high = (judged(rule, [each], [0.0], limit=-3.0) for each in (-4.0, -2.0))
    assert (low.value, low.expected, low.threshold, low.p) == (-4.0, 0.0, -3.0, None)
    assert (low.flagged, high.flagged) == (True, False)
    assert rule.judged(sample([-4.0]), sample([0.0]), {"new": None}) is None


@pytest.mark.parametrize("rule", [CLOSE, RARE])
def test_a_share_that_is_not_measured_of_both_is_not_tried(rule: SimilarityRule) -> None:
    known, other = sample([1.0]), sample([1.0], name="other")
    assert rule.judged(known, other, {}) is None
    assert rule.judged(other, known, {}) is None
