"""The page of findings says what the published records give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from synact_bench.reproduction.report import Findings, reproduced
from tests.helpers.published import names, published_cells

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
SECTIONS = {
    part.partition("\n")[0]: part.partition("\n")[2].strip()
    for part in PAGE.split("\n## ")[1:]
    if part.partition("\n")[0] in names()
}


def test_every_testbed_of_the_table_has_its_section() -> None:
    (header,) = [line for line in PAGE.splitlines() if line.startswith("| finding |")]
    assert re.findall(r"`([^`]+)`", header) == list(SECTIONS)


def test_every_testbed_with_published_records_is_judged() -> None:
    assert set(SECTIONS) == {*names()}


@pytest.mark.parametrize("testbed", SECTIONS)
def test_a_section_is_what_the_command_prints_for_the_published_records(testbed: str) -> None:
    found = reproduced(published_cells(testbed))
    assert isinstance(found, Findings)
    renew = f"put what 'synact-bench reproduce paper' prints into the section {testbed}"
    assert SECTIONS[testbed] == found.page, renew
    column = list(SECTIONS).index(testbed) + 2
    rows = [
        line.split("|")[column].strip() for line in PAGE.splitlines() if re.match(r"\| \d", line)
    ]
    assert [row.partition(":")[0] for row in rows] == [each.verdict for each in found.findings]
