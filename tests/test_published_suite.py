"""The published board of the suite is what the records of its testbeds give, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.reports import correlation_page, grid_page
from synact_bench.reports.board import Board
from synact_bench.reports.boards import together
from synact_bench.reports.comparable import by_testbed
from synact_bench.reports.correlation import correlations
from synact_bench.reports.grid import Grid, grid
from synact_bench.results.files import differing
from tests.helpers.published import SUBMISSIONS, board_cells, published_cells, suite

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def boards() -> list[Board]:
    return together(by_testbed(cell for name in suite() for cell in board_cells(name)))


@pytest.fixture(scope="module")
def made(boards: list[Board]) -> Grid:
    return grid(boards)


def test_every_testbed_with_records_is_a_column(made: Grid) -> None:
    assert len(suite()) >= 2
    assert [column.name for column in made.columns] == suite()


@pytest.mark.parametrize("name", [grid_page.PAGE, grid_page.SCORES])
def test_the_board_follows_from_the_records(made: Grid, name: str) -> None:
    content = {grid_page.PAGE: grid_page.page(made), grid_page.SCORES: made.to_json()}[name]
    renew = "renew it with 'make board' and commit it"
    assert differing({name: content.encode()}, ROOT / "leaderboard") == [], renew


def test_what_else_is_reported_follows_from_the_records(boards: list[Board]) -> None:
    own = boards
    if SUBMISSIONS.is_dir():  # of which the page is not made
        own = together(by_testbed(cell for name in suite() for cell in published_cells(name)))
    files = correlation_page.contents(correlations(own))
    renew = "renew it with 'make board' and commit it"
    assert differing(files, ROOT / "leaderboard") == [], renew


def test_the_figure_is_beside_the_page() -> None:
    assert (ROOT / "leaderboard" / grid_page.FIGURE).read_bytes().startswith(b"\x89PNG")
    page = (ROOT / "leaderboard" / grid_page.PAGE).read_text(encoding="utf-8")
    assert f"]({grid_page.FIGURE})" in page


def test_what_is_real_is_real_on_every_testbed(made: Grid) -> None:
    (row,) = [each for each in made.rows if each.name == "real-holdout"]
    assert len(row.standings) == len(suite())
    for standing in row.standings.values():
        assert standing.realism is not None
        assert standing.realism.value > 0.95


def test_the_readme_shows_rows_of_the_board() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split("<!-- board -->")[1].split("<!-- /board -->")[0].strip().splitlines()
    page = (ROOT / "leaderboard" / grid_page.PAGE).read_text(encoding="utf-8").splitlines()
    known: dict[str, list[str]] = {}
    for line in page:
        if line.startswith("|"):  # the first table that has the row is that of means
            _, name, *numbers = _cells(line)
            known.setdefault(name, numbers)
    head, _, *rows = map(_cells, shown)
    assert head[1:] == known["unconditional"]
    for name, *numbers in rows:
        assert numbers == known[name.split("`")[1]]
    assert len(rows) == 5


def _cells(line: str) -> list[str]:
    return [each.strip() for each in line.strip("|").split("|")]
