"""Stored cells of toys, of which conventional measures are known, through the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synact_bench.reports.correlation_page import DATA, PAGE
from synact_bench.results import pack
from tests.helpers import cells
from tests.helpers.commands import invoke, refused

METHODS = ("one", "two", "three", "four", "five")


def test_the_page_is_printed_and_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    own = {name: cells.conventional(at, at + 1) for at, name in enumerate(METHODS)}
    given = cells.whole_board([*cells.FEW, *METHODS])
    pack.save(cells.reported(given, **own), tmp_path / "toy.parquet")
    assert invoke("conventional", tmp_path / "toy.parquet", "--out", tmp_path / "out") == 0
    said = capfd.readouterr().out
    assert (tmp_path / "out" / PAGE).read_text(encoding="utf-8") in said
    assert " pooled |" in said
    found = json.loads((tmp_path / "out" / DATA).read_text(encoding="utf-8"))
    assert found["by_testbed"]["toy"]["methods"]["kl"]["rows"] == len(METHODS)


def test_cells_without_measures_are_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pack.save(cells.whole_board(cells.FEW), tmp_path / "toy.parquet")
    assert "no row has conventional measures" in refused(
        capfd, "conventional", tmp_path / "toy.parquet"
    )
