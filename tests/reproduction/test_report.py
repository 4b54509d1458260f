from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import DENSE, REAL
from synact_bench.reproduction.findings import PAPER_PATH, wanted_rows
from synact_bench.reproduction.published import published
from synact_bench.reproduction.report import Findings, PublishedNumbers, contents, reproduced
from synact_bench.results.store import Cell
from synact_bench.testbeds import spec
from tests.helpers import cells

PAPER = spec.find("gpt2-small")
ROWS = (*REAL, *wanted_rows())


def of_paper(**changed: Any) -> list[Cell]:
    """The rows that the paper has, on its testbed."""
    own = {"testbed": PAPER.identity, "testbed_digest": PAPER.digest} | changed
    return [cells.cell(row, *cell, **own) for row, cell in sorted(published().cells)]


def test_the_papers_testbed_is_compared_by_its_numbers() -> None:
    found = reproduced(of_paper())
    assert isinstance(found, PublishedNumbers)
    assert "Cells: 1 replicates, 37 differs. Orders: 2 replicates, 1 differs." in found.page
    lines = [[part.strip() for part in each.split("|")] for each in found.page.splitlines()]
    (shown,) = [each for each in lines if each[1:3] == ["MS absolute", "gaussian"]]
    assert shown[3:5] == ["52.49 / 10.21 / 0.45", "70.25 / 4.60 / 0.96"]
    assert shown[5:7] == ["0 %", "differs"]
    assert "these over 24: a cell can differ by chance alone" in found.page
    assert "| only shown |" in found.page


def test_as_many_prompts_as_the_paper_has_need_no_warning() -> None:
    found = reproduced(of_paper(bases=1000))
    assert "by chance alone" not in found.page


def test_what_was_not_run_as_the_paper_ran_it_is_said() -> None:
    said = "these are of 51 points by"
    assert said in reproduced(of_paper()).page
    assert said not in reproduced(of_paper(points=101, engine=DENSE)).page


def test_what_must_be_known_to_compare_is_on_the_page() -> None:
    found = reproduced(of_paper())
    assert published().notes
    assert all(note in found.page for note in published().notes)


def test_rows_that_are_missing_are_not_measured() -> None:
    given = [each for each in of_paper() if each.record.identity.generator.name != "gaussian"]
    found = reproduced(given)
    assert "Cells: 1 replicates, 29 differs, 8 not measured. Orders: 3 not measured." in found.page


def test_any_other_testbed_is_compared_by_the_findings() -> None:
    found = reproduced(cells.whole_board(ROWS, further=[PAPER_PATH]))
    assert isinstance(found, Findings)
    assert "toy@1, tiny preset (24 bases, 51 points)" in found.page
    assert "1. Toward real activations the step comes earlier" in found.page
    assert "plateau that real ones have. **does not**" in found.page
    assert "| log2 step_sharpness of real above gaussian " in found.page
    assert (
        "By path: sensitivity/relative replicates, sensitivity/absolute replicates." in found.page
    )
    assert re.search(
        r"\| realism of synthetic-structured above gaussian +\| .*/matched ", found.page
    )
    assert "Not measured of any row" not in found.page


def test_paths_that_were_not_measured_are_named() -> None:
    found = reproduced(cells.whole_board(ROWS))
    assert isinstance(found, Findings)
    assert "Not measured of any row, and left out: sensitivity/absolute." in found.page
    assert "Not measured of any row, and left out: plateau/absolute." in found.page


def test_where_the_scale_comes_from_is_said() -> None:
    found = reproduced(cells.whole_board(ROWS))
    assert isinstance(found, Findings)
    assert "measured from these cells' own draws of Gaussian samples" in found.page
    frozen = dataclasses.replace(found, frozen=True)
    assert "The scale of realism is the testbed's frozen one." in frozen.page


def test_findings_need_the_rows_that_give_the_scale() -> None:
    with pytest.raises(RecordError, match=r"no cell of real-floor-1, .* to score the others with"):
        reproduced(cells.whole_board(["real", *wanted_rows()]))


def test_cells_of_two_testbeds_are_refused() -> None:
    with pytest.raises(RecordError, match="they cannot be compared"):
        reproduced([*of_paper(), cells.cell("real")])


def test_cells_of_another_declaration_of_the_testbed_are_left_out() -> None:
    with pytest.raises(RecordError, match="there is no cell"):
        reproduced(of_paper(testbed_digest="f" * 64))


def test_the_json_has_what_the_page_has() -> None:
    found = contents(reproduced(of_paper()))
    assert list(found) == ["REPRODUCTION.md", "reproduction.json"]
    stored = json.loads(found["reproduction.json"])
    assert stored["registered"]["tolerance"] == {"mean": 1.5, "ks": 0.05}
    assert len(stored["cells"]) == 42
    assert stored["orders"][0]["verdict"] in {"replicates", "differs"}
    claims = json.loads(contents(reproduced(cells.whole_board(ROWS)))["reproduction.json"])
    first = claims["findings"][0]["claims"][0]
    assert first["verdict"] == "replicates"
    assert first["difference"]["low"] < first["difference"]["value"] < 0
    assert first["claim"]["where"] == "sensitivity/relative"
    second = claims["findings"][1]
    assert second["by_path"]["sensitivity/relative"] == "cannot be told"
    assert second["by_path"]["sensitivity/relative+matched"] == "replicates"
    assert claims["findings"][2]["left_out"] == ["plateau/absolute"]
