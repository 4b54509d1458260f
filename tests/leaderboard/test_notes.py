from __future__ import annotations

from synact_bench.leaderboard.board import build
from synact_bench.leaderboard.notes import empty_scores
from tests.helpers import cells

REQUIRED = ["real", "real-floor", "gaussian"]


def test_a_full_board_needs_no_note() -> None:
    assert empty_scores(build(cells.whole_board())) == []


def test_a_missing_cell_is_named_with_its_row() -> None:
    given = cells.whole_board(REQUIRED)
    given += cells.whole_board(["isotropic"], experiments=["sensitivity"])
    assert empty_scores(build(given)) == [
        "- isotropic (control): plateau, absolute path: not measured",
        "- isotropic (control): plateau, scaled path: not measured",
    ]


def test_what_holds_for_every_row_is_said_once() -> None:
    board = build(cells.whole_board(experiments=["sensitivity"]))
    assert empty_scores(board) == [
        "- every row: plateau, absolute path: not measured",
        "- every row: plateau, scaled path: not measured",
    ]


def test_rows_that_share_a_reason_share_its_line() -> None:
    given = cells.whole_board([*REQUIRED, "synthetic-structured"])
    for name in ("mean", "isotropic"):
        given.append(cells.cell(name, dropped=cells.BASES))
    lines = [line for line in empty_scores(build(given)) if "relative path" in line]
    assert lines[0] == (
        "- isotropic (control), mean: sensitivity, relative path, step_sharpness: "
        "every base coincides with its target"
    )
    assert len(lines) == 7
