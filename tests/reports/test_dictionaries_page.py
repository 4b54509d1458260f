from __future__ import annotations

import dataclasses
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from synact_bench.reports import dictionaries_page
from synact_bench.reports.dictionaries import RECONSTRUCTION, Dictionaries, compare
from synact_bench.scoring import Estimate, Realism
from synact_bench.scoring.decisions import Decision
from tests.helpers import cells
from tests.reports.test_dictionaries import MADE, flagged, scored


@cache
def ranked() -> Dictionaries:
    return compare([scored("far", 0.66), scored("near", 0.53), flagged(cells.HOSTILE, 0.53)], MADE)


def lines(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.split(" | ")] for row in table.splitlines()]


def test_the_table_shows_each_dictionary_in_its_order() -> None:
    header, _, near, far, copying = lines(dictionaries_page.main_table(ranked()))
    assert header[2] == "median ↑"
    assert (near[0], near[1], far[0], far[1]) == ("| 1", "near", "| 2", "far")
    assert near[2].startswith(f"{ranked().rows[0].median.value:.2f} [")
    assert near[4:8] == ["48", "6.50", "0.900", "75 %"]
    assert (copying[0], copying[-1]) == ("|", f"{MADE[0]} |")


def test_compositions_are_shown_beside_each_other_with_their_flags() -> None:
    header, _, *rows = lines(dictionaries_page.composition_table(ranked()))
    assert header[1:3] == ["near", "far"]
    assert [row[0] for row in rows] == [f"| {name}" for name in MADE]
    assert rows[0][3].endswith("(near-duplicate) |")
    assert "duplicate" not in rows[1][3]
    assert RECONSTRUCTION not in str(rows)


def test_the_page_says_how_a_flag_counts_and_shows_no_markup_of_others() -> None:
    page = dictionaries_page.page(ranked())
    assert "keep the dictionary out of the ranking" in page
    assert "far: dd; testbed far@1" in page
    assert "told apart with probability 0.8" in page
    assert "<img" not in page
    assert "Why a median is empty" not in page


def test_each_pair_is_decided_in_words() -> None:
    (pair,) = ranked().decisions
    shown = dictionaries_page.decided(ranked()).splitlines()
    assert shown[0].startswith(f"- **near ranks above far**, by {pair.difference.value:.2f} [")
    assert shown[1].startswith("- not compared, flagged or without a median: a\\|b")
    page = dictionaries_page.page(ranked())
    assert shown[0] in page


def test_a_pair_that_cannot_be_told_apart_says_what_it_would_take() -> None:
    spread = np.linspace(-0.4, 0.4, 101)
    pair = Decision("one", "other", Estimate(0.05, 0.05 + spread), 0.8, 260)
    assert dictionaries_page.decision_words(pair) == (
        "one and other cannot be told apart: 0.05 [-0.33, 0.43]; of a difference of this size "
        f"about {pair.needed:,} documents would tell, here are 260"
    )
    assert pair.needed > 10_000
    equal = compare([scored("b"), scored("a")], MADE)
    assert dictionaries_page.decided(equal).startswith("- b and a cannot be told apart: 0.00")


def test_without_intervals_the_page_says_why() -> None:
    page = dictionaries_page.page(compare([scored("one", documents=2)], MADE))
    assert "No intervals and no ranks: 2 documents are fewer than" in page
    assert "\n\n**24 prompts: it runs; nothing can be read off.**\n\n" in page
    assert "told apart with probability" not in page


def test_an_empty_median_is_explained() -> None:
    found = ranked()
    empty = dataclasses.replace(found.rows[0], median=Realism(None, "one: the cell is missing"))
    page = dictionaries_page.page(dataclasses.replace(found, rows=(empty,)))
    assert "## Why a median is empty\n\n- near: one: the cell is missing\n" in page


def test_page_and_numbers_are_written_together(tmp_path: Path) -> None:
    place = dictionaries_page.write(ranked(), tmp_path / "new")
    assert place.read_text(encoding="utf-8") == dictionaries_page.page(ranked())
    found = json.loads((tmp_path / "new" / "dictionaries.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in found["rows"][:2]] == ["near", "far"]
    median = ranked().rows[0].median.value
    assert found["rows"][0]["median"]["estimate"]["value"] == pytest.approx(median, rel=1e-5)
