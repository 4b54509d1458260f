from __future__ import annotations

import html
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.printable import printable
from synact_bench.reports import formatting
from synact_bench.scoring import Estimate


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("A. Author", "A. Author"),
        ("a|b", r"a\|b"),
        ("[x](http://y) *b* _i_ `c`", r"\[x\](http://y) \*b\* \_i\_ \`c\`"),
        ("<script>&", "&lt;script&gt;&amp;"),
        ("two\nlines\t here ", "two lines here"),
        ("$x$ \\", r"\$x\$ \\"),
    ],
)
def test_markup_is_shown_as_it_is(raw: str, shown: str) -> None:
    assert formatting.escape(raw) == shown


@given(st.text())
def test_escaped_text_reads_as_the_text_and_stays_in_its_place(raw: str) -> None:
    escaped = formatting.escape(raw)
    assert html.unescape(re.sub(r"\\(.)", r"\1", escaped)) == html.unescape(
        html.escape(printable(" ".join(raw.split())), quote=False)
    )
    assert not re.search(r"(?<!\\)(?:\\\\)*\|", escaped)
    assert "<" not in escaped
    assert len(escaped.splitlines()) <= 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), (0.987, "0.99"), (-0.001, "0.00"), (-1.5, "-1.50"), (1, "1.00")],
)
def test_score(value: float | None, shown: str) -> None:
    assert formatting.score(value) == shown


WIDE = np.linspace(0.0, 2.0, 41)
"""Replicates whose middle 95 % lies between 0.05 and 1.95."""


@pytest.mark.parametrize(
    ("estimate", "as_score", "as_measure"),
    [
        (None, "", ""),
        (Estimate(1.0), "1.00", "1.00"),
        (Estimate(1.0, WIDE), "1.00 [0.05, 1.95]", "1.00 [0.0500, 1.95]"),
        (Estimate(-0.001, WIDE - 1), "0.00 [-0.95, 0.95]", "-0.00100 [-0.950, 0.950]"),
        (Estimate(1.0, np.full(3, np.nan)), "1.00", "1.00"),
    ],
)
def test_an_interval_stands_in_brackets(
    estimate: Estimate | None, as_score: str, as_measure: str
) -> None:
    assert formatting.interval(estimate) == as_score
    assert formatting.measured(estimate) == as_measure


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (0.0, "0.00"),
        (0.17249, "0.172"),
        (52.34, "52.3"),
        (100.0, "100"),
        (1234.0, "1.23e+03"),
        (0.00001, "1.00e-05"),
    ],
)
def test_measure(value: float | None, shown: str) -> None:
    assert formatting.measure(value) == shown


@pytest.mark.parametrize(
    ("mean", "sd", "shown"),
    [
        (None, None, ""),
        (52.34, None, "52.3"),
        (52.34, 7.456, "52.3 ± 7.5"),
        (0.386, 0.0589, "0.386 ± 0.059"),
        (100.0, 12.6, "100 ± 13"),
        (1234.0, 100.0, "1.23e+03 ± 100"),
    ],
)
def test_spread(mean: float | None, sd: float | None, shown: str) -> None:
    assert formatting.spread(mean, sd) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(None, ""), (0.0, "0 %"), (0.001, "<1 %"), (0.126, "13 %"), (1.0, "100 %")]
)
def test_share(value: float | None, shown: str) -> None:
    assert formatting.share(value) == shown


def test_table_leaves_words_as_they_are() -> None:
    lines = formatting.table(["row", "n"], [["1e5", "007"], ["b", ""]], left=1).splitlines()
    assert [[each.strip() for each in line.strip("|").split("|")] for line in lines][2:] == [
        ["1e5", "007"],
        ["b", ""],
    ]


def test_folded_lines_are_narrow_and_show_the_same() -> None:
    line = "- one: " + "word " * 40 + "# no heading - no item 1. no number > no quotation = no rule"
    shown = formatting.folded([line, "- two"], 40)
    assert " ".join(shown.split()) == " ".join(f"{line} - two".split())
    first, *others = shown.splitlines()
    assert len(first) <= 40
    assert others.pop() == "- two"
    assert not [each for each in others if re.match(r"\s*([-#>+=|~:*_`]|\d+[.)])", each)]


def test_a_word_wider_than_a_line_is_kept_whole() -> None:
    assert formatting.folded(["a " + "b" * 60], 40).split() == ["a", "b" * 60]
