from __future__ import annotations

import pytest

from synact_bench.experiments import ZERO
from synact_bench.leaderboard.notes import empty_scores
from tests.helpers import boards, cells
from tests.helpers.boards import built


def test_a_full_board_needs_no_note() -> None:
    assert empty_scores(boards.few()) == []


def test_a_missing_cell_is_named_with_its_row() -> None:
    given = cells.whole_board(cells.FEW)
    given += cells.whole_board(["isotropic"], experiments=["sensitivity"])
    assert empty_scores(built(given)) == [
        "- isotropic (control): plateau, absolute path: not measured",
        "- isotropic (control): plateau, scaled path: not measured",
    ]


def test_what_holds_for_every_row_is_said_once() -> None:
    given = cells.whole_board([*cells.FEW, "mine"], experiments=["sensitivity"])
    assert empty_scores(built(given)) == [
        "- every row: plateau, absolute path: not measured",
        "- every row: plateau, scaled path: not measured",
    ]


def test_rows_that_share_a_reason_share_its_line() -> None:
    given = cells.whole_board(cells.FEW)
    for name in ("mine", "isotropic"):
        given.append(cells.cell(name, dropped=cells.BASES))
    lines = [line for line in empty_scores(built(given)) if "relative path" in line]
    assert len(lines) == 3
    for line in lines:
        assert line.startswith("- mine, isotropic (control): sensitivity, relative path, ")


def test_a_metric_that_is_not_applicable_is_named_once_without_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(cells.CENTRES, ZERO, 0.5)
    board = built(cells.whole_board([*cells.FEW, "mine"], experiments=["plateau"]))
    lines = [line for line in empty_scores(board) if "plateau" in line]
    starts = {
        f"- plateau, {path} path, {metric}: not applicable: the Gaussian control ("
        for path in ("absolute", "scaled")
        for metric in ("plateau_width", "kl_curve_gap")
    }
    assert len(lines) == len(starts)
    assert all(any(line.startswith(start) for line in lines) for start in starts)
    assert all(row.realism.overall.value is None for row in board.rows)
