from __future__ import annotations

import json

import pytest

from synact_bench.core.experiments import HOLDOUT, REFERENCE, SAME_TOKEN
from synact_bench.reports import conventional_table
from synact_bench.reports.board import Board
from synact_bench.reports.markdown import page
from tests.helpers import boards, cells

ROWS = (*cells.FEW, HOLDOUT, "mine")


@pytest.fixture(scope="module")
def board() -> Board:
    given = cells.whole_board(ROWS)
    return boards.built(
        cells.reported(
            given,
            real=cells.conventional(1.01, 1.5),
            real_floor_1=cells.conventional(0.99, 1.75),
            real_holdout=cells.conventional(1.02, 1.6),
            mine=cells.conventional(2.5, 3.0, frechet=None),
            gaussian=cells.conventional(1.25, 4.0, definition="conventional@0"),
        )
    )


def lines(board: Board) -> list[list[str]]:
    text = conventional_table.table(board).splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text]


def test_a_board_without_them_says_nothing_of_them() -> None:
    whole = boards.whole()
    assert whole.conventional == {}
    assert conventional_table.section(whole) == []
    assert conventional_table.TITLE not in page(whole, {})
    assert "conventional" not in json.loads(whole.to_json())


def test_those_of_another_definition_are_left_out(board: Board) -> None:
    assert {*board.conventional} == {"real", "real-floor-1", HOLDOUT, "mine"}


def test_the_table_has_rows_in_the_boards_order_and_draws_last(board: Board) -> None:
    header, _, *rows = lines(board)
    assert header == [
        *("row", "realism ↑", "Fréchet / floor ↓"),
        *("KL ↓", "Δ loss ↓", "CE recovered ↑"),
    ]
    assert [row[0] for row in rows] == [
        *("mine", "real-holdout (control)", "real", "real-floor-1"),
    ]
    assert rows[0][2:] == ["", "3.00 [2.75, 3.25]", "0.750 [0.500, 1.00]", "0.625 [0.375, 0.875]"]
    assert rows[0][1]
    assert rows[2][1:3] == ["", "1.01 [0.760, 1.26]"]


def test_later_positions_have_a_column_where_they_were_measured() -> None:
    own = cells.conventional(delta_loss_following=cells.about(0.5))
    given = cells.reported(cells.whole_board(cells.FEW), gaussian=own)
    header, _, row = lines(boards.built(given))
    assert header[5] == "Δ loss, following ↓"
    assert row[5] == "0.500 [0.250, 0.750]"


def test_the_page_says_what_all_rows_have_in_common(board: Board) -> None:
    shown = page(board, {})
    assert shown.count(conventional_table.TITLE) == 1
    assert shown.index("## Named metrics") < shown.index(conventional_table.TITLE)
    assert shown.index(conventional_table.TITLE) < shown.index("## Copying and collapse")
    assert "Fréchet floor of 24 activations: 12.5 squared activation units." in shown
    assert "known of 23 bases: 3.25 nats as they are, 5.25 with the mean activation." in shown


def test_the_loss_of_the_prompts_is_that_of_a_draw_of_every_base() -> None:
    some = cells.conventional(ce_clean=9.5, known=4)
    shown = conventional_table.facts({SAME_TOKEN: some, REFERENCE: cells.conventional()})
    assert "known of 23 bases: 3.25 nats as they are" in shown
    assert "9.5" not in shown


def test_where_no_next_token_is_known_nothing_is_said_of_the_loss() -> None:
    names = ("delta_loss", "ce_recovered", "ce_clean", "ce_ablated")
    own = cells.conventional(**dict.fromkeys(names), known=0)
    shown = conventional_table.facts({"mine": own})
    assert shown == "Fréchet floor of 24 activations: 12.5 squared activation units."


def test_they_stand_in_the_json(board: Board) -> None:
    stored = json.loads(board.to_json())["conventional"]
    assert stored["mine"]["kl"] == {"value": 3.0, "low": 2.75, "high": 3.25}
    assert stored["mine"]["frechet"] is None
