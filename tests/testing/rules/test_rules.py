from __future__ import annotations

import re
from pathlib import Path

import pytest

from synact_bench.testing.rules import RULES

NAMES = [rule.name for rule in RULES]


def test_names_are_distinct():
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_why_and_how_in_one_sentence_each(rule):
    for text in (rule.reason, rule.remedy):
        assert re.fullmatch(r"[A-Z].*\.", text)
        assert not re.search(r"\. [A-Z]", text)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_stands_after_those_it_needs(rule):
    assert set(rule.needs) <= set(NAMES[: NAMES.index(rule.name)])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_one_small_function_with_a_name_and_a_docstring(rule):
    assert rule.broken.__doc__
    assert rule.broken.__name__ != "<lambda>"


def test_the_docs_name_every_rule_and_no_other():
    text = (Path(__file__).parents[3] / "docs" / "writing-a-generator.md").read_text("utf-8")
    table = text.partition("| rule | kept if |")[2].partition("\n\n")[0]
    first = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    documented = [name for cell in first for name in re.findall(r"`([^`]+)`", cell)]
    assert sorted(documented) == sorted(NAMES)
