"""Tables of the documentation that repeat figures of the published board say what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.published import PAPER

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FLAGS = ("rescaled", "near-duplicate", "not-authentic", "data-copying", "mixture", "test-pool")
LOWEST = ("not-authentic", "data-copying")
"""Rules that are broken by low numbers; the others by high ones."""


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    scores = json.loads((PAPER / "scores.json").read_text(encoding="utf-8"))
    return {row["name"]: row for row in scores["rows"]}


def table(page: Path, head: str) -> Iterator[tuple[str, list[str]]]:
    """Lines of the first table with a column of that name: what is in backticks, and the cells."""
    lines = page.read_text(encoding="utf-8").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("|") and head in line)
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return
        first, *cells = [each.strip() for each in line.strip("|").split("|")]
        yield first.split("`")[1], cells


def says(words: str, number: float, *, unit: str = "") -> bool:
    """Whether words are that number, rounded to the decimals that they have."""
    shown = Decimal(words.strip("*").removesuffix(unit).strip())
    exponent = shown.as_tuple().exponent
    assert isinstance(exponent, int)
    return abs(float(shown) - number) <= 0.5 * 10.0**exponent + 1e-9


def findings(row: dict[str, Any], rule: str) -> list[dict[str, Any]]:
    every = [each for one in row["inspections"].values() for each in one["findings"]]
    return [each for each in every if each["rule"] == rule]


def worst(row: dict[str, Any], rule: str) -> float:
    numbers = [each["value"] for each in findings(row, rule)]
    return float(min(numbers) if rule in LOWEST else max(numbers))


def test_optional_baselines_have_the_scores_of_the_board(rows: dict[str, Any]) -> None:
    page = (PAPER / "LEADERBOARD.md").read_text(encoding="utf-8").splitlines()
    parts = ("realism", "relative", "matched", "plateau")
    board: dict[str, list[str]] = {}
    for line in page:  # the first table that has a row is that of its track
        if line.startswith("|"):
            _, name, *cells = [each.strip() for each in line.strip("|").split("|")]
            board.setdefault(name, [each.split(" (")[0] for each in cells])
    shown = dict(table(DOCS / "optional-baselines.md", "authentic"))
    assert {"cluster-gaussian", "cluster-flow", "cooccurring-latents"} < shown.keys()
    for name, cells in shown.items():
        assert cells[: len(parts)] == board[name]
        authentic, copying, flags = cells[len(parts) :]
        assert says(authentic, 100 * worst(rows[name], "not-authentic"), unit="%")
        assert says(copying, worst(rows[name], "data-copying"))
        assert ("" if flags == "none" else flags) == ", ".join(rows[name]["flags"])


def test_rules_of_copying_find_what_the_board_says(rows: dict[str, Any]) -> None:
    names = ("real-holdout", "cluster-gaussian", "neighbour-interpolation")
    shown = dict(table(DOCS / "trust.md", "held-out share"))
    assert {*shown} == {*FLAGS}
    for rule, (threshold, expected, *cells) in shown.items():
        factor, unit = (1, "") if rule == "data-copying" else (100, "%")
        first = findings(rows["cluster-gaussian"], rule)[0]
        assert (threshold == "") == (first["threshold"] is None)
        assert not threshold or says(threshold, first["threshold"])
        assert says(expected, factor * first["expected"], unit=unit)
        for name, words in zip(names, cells, strict=True):
            known = findings(rows[name], rule)
            assert bool(words) == bool(known)
            if known:
                assert says(words, factor * worst(rows[name], rule), unit=unit)
                assert words.startswith("**") == any(each["flagged"] for each in known)
