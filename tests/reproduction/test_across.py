"""The findings on several testbeds stand in one table, and below it as each testbed has them."""

from __future__ import annotations

import json

import pytest

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import REAL
from synact_bench.reports.comparable import by_testbed
from synact_bench.reproduction.across import across
from synact_bench.reproduction.findings import PAPER_PATH, wanted_rows
from synact_bench.reproduction.report import Findings, contents, reproduced
from synact_bench.results.store import Cell
from tests.helpers import cells

ROWS = (*REAL, *wanted_rows())
OTHER = {"testbed": "other@2", "testbed_digest": "0" * 64}


def of_two() -> list[Cell]:
    """The first without the paper's paths."""
    return [*cells.whole_board(ROWS), *cells.whole_board(ROWS, further=[PAPER_PATH], **OTHER)]


def test_a_column_a_testbed_holds_its_own_verdicts() -> None:
    found = across(of_two())
    lines = [[each.strip(" *") for each in line.split("|")] for line in found.page.splitlines()]
    (header,) = [line for line in lines if line[1:2] == ["finding"]]
    assert header[2:-1] == ["toy", "other"]
    for column, own in enumerate(by_testbed(of_two()).values(), start=2):
        alone = reproduced(own)
        assert isinstance(alone, Findings)
        for number, each in enumerate(alone.findings, start=1):
            (line,) = [line for line in lines if line[1:2] == [f"{number}. {each.statement}"]]
            assert line[column] == each.verdict.value
        assert alone.page in found.page


def test_a_path_that_one_testbed_lacks_is_not_measured_there() -> None:
    lines = [line for line in across(of_two()).page.splitlines() if "/absolute`" in line]
    assert lines
    assert all(line.split("|")[2].strip() == "not measured" for line in lines)
    assert not any(line.split("|")[3].strip() == "not measured" for line in lines)


def test_it_is_written_as_a_page_and_as_json() -> None:
    found = contents(across(of_two()))
    assert b"on 2 testbeds" in found["REPRODUCTION.md"]
    assert len(json.loads(found["reproduction.json"])["testbeds"]) == 2


def test_cells_of_one_testbed_that_cannot_be_compared_are_refused() -> None:
    mixed = [*of_two(), cells.cell("gaussian", "sensitivity", "relative", seed=5)]
    with pytest.raises(RecordError):
        across(mixed)
