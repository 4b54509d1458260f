"""The published board is what the records in the repository give, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.leaderboard import board, publish
from synact_bench.results.store import Cell
from synact_bench.submissions import folder
from tests.helpers.published import published_cells

ROOT = Path(__file__).parents[1]
SUBMISSIONS = ROOT / "leaderboard" / "submissions" / "smollm2-135m"


@pytest.fixture(scope="module")
def published() -> list[Cell]:
    cells = list(published_cells("smollm2-135m"))
    names = {cell.record.identity.generator.name for cell in cells}
    return cells + folder.cells(SUBMISSIONS, taken=names)


@pytest.fixture(scope="module")
def made(published: list[Cell]) -> board.Board:
    return board.build(published)


@pytest.mark.parametrize("name", ["LEADERBOARD.md", "scores.json"])
def test_the_board_follows_from_the_records(
    made: board.Board, published: list[Cell], tmp_path: Path, name: str
) -> None:
    publish.write(made, published, tmp_path)
    assert (tmp_path / name).read_bytes() == (ROOT / "leaderboard" / name).read_bytes()


def test_the_readme_shows_rows_of_the_board() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split("<!-- board -->")[1].split("<!-- /board -->")[0].strip().splitlines()
    page = (ROOT / "leaderboard" / "LEADERBOARD.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in shown if line.startswith("|")]
    assert len(rows) >= 6
    assert set(rows) <= set(page)


def test_every_order_of_the_controls_is_kept(made: board.Board) -> None:
    assert made.orders
    assert {order.verdict for order in made.orders} == {"kept"}
    assert {place.verdict for place in made.places} == {"kept"}


def test_the_gaussian_is_as_good_as_the_gaussian_by_every_headline_metric(
    made: board.Board,
) -> None:
    row = next(row for row in made.rows if row.name == "gaussian")
    for metric, realism in row.realism.by_metric.items():
        assert realism.estimate is not None
        low, high = realism.estimate.interval or (1.0, 0.0)
        assert low <= 0 <= high, metric
