"""The page of findings says what its records give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from synact_bench.reproduction.report import Findings, reproduced
from synact_bench.results import pack
from tests.helpers.published import LAYERS, names

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
SECTIONS = {
    part.partition("\n")[0]: part.partition("\n")[2].strip()
    for part in PAGE.split("\n## ")[1:]
    if part.partition("\n")[0] in names(LAYERS)
}


def test_every_testbed_of_the_table_has_its_section() -> None:
    (header,) = [line for line in PAGE.splitlines() if line.startswith("| finding |")]
    assert re.findall(r"`([^`]+)`", header) == list(SECTIONS)


def test_every_testbed_with_records_of_findings_is_judged() -> None:
    assert set(SECTIONS) == {*names(LAYERS)}


@pytest.mark.parametrize("testbed", SECTIONS)
def test_a_section_is_what_the_command_prints_for_its_records(testbed: str) -> None:
    found = reproduced(pack.load(LAYERS / f"{testbed}.parquet"))
    assert isinstance(found, Findings)
    renew = f"put what 'synact-bench reproduce paper' prints into the section {testbed}"
    assert SECTIONS[testbed] == found.page, renew
    column = list(SECTIONS).index(testbed) + 2
    lines = [[each.strip(" *`") for each in line.split("|")] for line in PAGE.splitlines()]
    table = [line for line in lines if len(line) > 2 and re.match(r"\d\. |on ", line[1])]
    stated = [(line[1].removeprefix("on `"), line[column]) for line in table]
    expected = []
    for number, each in enumerate(found.findings, start=1):
        expected += [(str(number), each.verdict.value)]
        expected += [(path, verdict.value) for path, verdict in each.by_path.items()]
    assert [(name.partition(".")[0], verdict) for name, verdict in stated] == expected
