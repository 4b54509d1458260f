from __future__ import annotations

from typing import Any

import pytest

from synact_bench.reports.flags import flag_words, rule_words
from synact_bench.results.record import Inspection
from tests.helpers import cells
from tests.helpers.boards import built, row_of

SPREAD = {
    "effective_rank": 37.8,
    "distinct_rows": 24.0,
    "coverage": 0.5,
    "precision": 0.5,
    "distinct_latents": None,
}
REAL: dict[str, float | None] = {**SPREAD, "effective_rank": 88.8}


def words(seen: Inspection) -> list[str]:
    given = cells.whole_board(cells.FEW) + cells.whole_board(["mine"], seen=seen)
    return flag_words(row_of(built(given), "mine"))


def test_a_row_without_flags_has_no_words() -> None:
    assert words(cells.inspection()) == []


def test_a_flag_has_its_value_and_what_real_shows() -> None:
    assert words(cells.inspection("near-duplicate", "data-copying")) == [
        "data-copying: C_T 0.500, limit 12.5",
        "near-duplicate: 50 % of its activations, real 1 %",
    ]


@pytest.mark.parametrize(
    ("own", "shown"),
    [
        ({}, "collapsed: effective rank 37.8, limit 44.4"),
        ({"distinct_rows": 2.0}, "collapsed: effective rank 37.8, limit 44.4, distinct rows 2.00"),
    ],
)
def test_a_collapse_names_every_number_below_its_limit(own: dict[str, Any], shown: str) -> None:
    seen = cells.inspection("collapsed").model_copy(
        update={"spread": SPREAD | own, "lowest_real_spread": REAL}
    )
    (line,) = words(seen)
    assert line.startswith(shown)


def test_a_flag_of_an_older_record_stands_alone() -> None:
    assert words(cells.inspection("collapsed", "retired-rule")) == ["collapsed", "retired-rule"]


def test_every_rule_that_was_tried_has_words_broken_or_not() -> None:
    seen = cells.inspection("near-duplicate").model_copy(
        update={"spread": SPREAD, "lowest_real_spread": REAL}
    )
    rows = rule_words(seen)
    assert [(flag, broken) for flag, _, broken in rows] == [
        *((each.rule, each.flagged) for each in seen.findings),
        ("collapsed", False),
    ]
    assert rows[-1][1] == (
        "effective rank 37.8, limit 44.4, distinct rows 24.0, limit 12.0, coverage 0.500, "
        "limit 0.250"
    )
    assert [flag for flag, *_ in rule_words(cells.inspection())] == [
        "near-duplicate",
        "data-copying",
    ]
