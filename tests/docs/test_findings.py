"""The findings that are published are what the records give, and the page says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.reproduction.across import FindingsAcross, across
from synact_bench.reproduction.report import contents
from tests.helpers.published import published_cells, suite

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
PUBLISHED = ROOT / "leaderboard"


@pytest.fixture(scope="module")
def found() -> FindingsAcross:
    return across(cell for name in ("smollm2-135m", *suite()) for cell in published_cells(name))


def test_the_published_page_is_what_the_records_give(found: FindingsAcross) -> None:
    files = contents(found)
    renew = "renew it with 'make board' and commit it"
    page = (PUBLISHED / "REPRODUCTION.md").read_text(encoding="utf-8")
    assert files["REPRODUCTION.md"].decode() == page, renew
    assert (PUBLISHED / "reproduction.json").is_file()


def test_the_table_has_the_verdicts_of_every_testbed(found: FindingsAcross) -> None:
    shown = PAGE.split("## The paper's findings")[1].split("\n\n| finding")[1].split("\n\n")[0]
    lines = f"finding{shown}".splitlines()
    head, _, *verdicts = ([each.strip() for each in line.strip("|").split("|")] for line in lines)
    assert [each.strip("`") for each in head[1:]] == [each.setting.name for each in found.testbeds]
    for number, row in enumerate(verdicts):
        wanted = [f"{each.findings[number].verdict.value}" for each in found.testbeds]
        assert row[1:] == wanted
    assert len(verdicts) == 3
