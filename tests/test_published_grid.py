"""The published grid is what the records of its layers give, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.cli.grid import from_stored
from synact_bench.reports import grid_page
from synact_bench.reports.grid import Grid, grid
from synact_bench.results.files import differing
from tests.helpers.published import LAYERS, names, published

ROOT = Path(__file__).parents[1]


TESTBEDS = names(LAYERS)


@pytest.fixture(scope="module")
def made() -> Grid:
    return grid(from_stored([published(name, LAYERS) for name in TESTBEDS]))


def test_every_testbed_with_records_is_a_column(made: Grid) -> None:
    assert len(TESTBEDS) >= 2
    assert [column.name for column in made.columns] == TESTBEDS


@pytest.mark.parametrize("name", ["GRID.md", "grid.json"])
def test_the_grid_follows_from_the_records(made: Grid, name: str) -> None:
    content = {"GRID.md": grid_page.page(made), "grid.json": made.to_json()}[name]
    renew = "renew it with 'make grid' and commit it"
    assert differing({name: content.encode()}, ROOT / "leaderboard") == [], renew


def test_the_figure_is_beside_the_page() -> None:
    assert (ROOT / "leaderboard" / grid_page.FIGURE).read_bytes().startswith(b"\x89PNG")
    page = (ROOT / "leaderboard" / grid_page.PAGE).read_text(encoding="utf-8")
    assert f"]({grid_page.FIGURE})" in page
