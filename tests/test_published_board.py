"""The published board is what the records in the repository give, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.leaderboard import audit, audit_page, board, publish
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


@pytest.fixture(scope="module")
def audited(published: list[Cell]) -> audit.Audit:
    return audit.audit(published)


def test_the_audit_follows_from_the_records(audited: audit.Audit) -> None:
    page = (ROOT / "leaderboard" / "AUDIT.md").read_text(encoding="utf-8")
    assert audit_page.page(audited) == page


def test_two_halves_of_the_documents_agree(audited: audit.Audit) -> None:
    assert audited.halves.rho is not None
    assert audited.halves.rho >= 0.9
    assert audited.halves.reversals == ()


def test_realism_falls_along_the_ladder(audited: audit.Audit) -> None:
    assert audited.correlation is not None
    assert audited.correlation <= -0.95


def test_real_is_real_about_as_often_as_an_interval_promises(audited: audit.Audit) -> None:
    intervals = [
        each.estimate.interval
        for found in audited.turns.values()
        for each in found.by_metric.values()
        if each.estimate is not None
    ]
    held = [each is not None and each[0] <= 1 <= each[1] for each in intervals]
    assert len(held) == 24
    # Of 24 draws with probability 0.95, fewer than 20 come up once in 170 times.
    assert sum(held) >= 20


def test_every_order_of_the_controls_is_kept(made: board.Board) -> None:
    assert made.orders
    assert {order.verdict for order in made.orders} == {"kept"}
    assert {place.verdict for place in made.places} == {"kept"}


def test_real_curves_on_wrong_prompts_are_far_from_real(made: board.Board) -> None:
    row = next(row for row in made.rows if row.name == "wrong-prompt")
    assert row.realism.estimate is not None
    low, high = row.realism.estimate.interval or (0.0, 1.0)
    assert 0 < low < high < 0.7


def test_neighbours_that_differ_by_a_tenth_are_told_apart(made: board.Board) -> None:
    for ranking in made.tracks.values():
        assert ranking.adjacent is not None
        assert ranking.adjacent < 0.13
