from __future__ import annotations

from synact_bench.reports.missing_scores import empty_scores, missing_cells
from tests.helpers import boards, cells
from tests.helpers.boards import built


def test_a_full_board_needs_no_note() -> None:
    assert empty_scores(boards.few()) == []


def test_a_missing_cell_is_named_with_its_row() -> None:
    given = cells.whole_board(cells.FEW)
    given += cells.whole_board(["isotropic"], experiments=["sensitivity"])
    assert empty_scores(built(given)) == ["- isotropic: plateau, scaled path: not measured"]


def test_what_holds_for_every_row_is_said_once() -> None:
    given = cells.whole_board([*cells.FEW, "mine"], experiments=["sensitivity"])
    assert empty_scores(built(given)) == ["- every row: plateau, scaled path: not measured"]


def test_what_is_not_measured_by_design_needs_no_note() -> None:
    """``real-native`` is drawn in plateau alone, on every board."""
    given = cells.whole_board([*cells.FEW, "real-native", "real-holdout"])
    assert empty_scores(built(given)) == []
    given = cells.whole_board([*cells.FEW, "real-native", "mine"], experiments=["plateau"])
    assert empty_scores(built(given)) == [
        "- every row: sensitivity, relative path: not measured",
        "- every row: sensitivity, matched path: not measured",
    ]


def test_rows_that_share_a_reason_share_its_line() -> None:
    given = cells.whole_board(cells.FEW)
    for name in ("mine", "isotropic"):
        given.append(cells.cell(name, dropped=cells.BASES))
    lines = [line for line in empty_scores(built(given)) if "relative path" in line]
    assert lines == [
        "- mine, isotropic: sensitivity, relative path: fewer than two documents to compare"
    ]


def test_a_cell_that_can_be_compared_with_nothing_is_named_once_without_rows() -> None:
    given = cells.whole_board([*cells.FEW, "mine"], points=33)
    lines = empty_scores(built(given))
    assert len(lines) == 3
    assert lines[0].startswith("- sensitivity, relative path: ")
    assert "no point of a grid of 33" in lines[0]


def test_a_cell_that_did_not_run_or_has_no_path_is_named() -> None:
    given = cells.whole_board([*cells.FEW, "real-native"], bases=8)
    given += cells.whole_board(["isotropic"], bases=8, experiments=["sensitivity"])
    given += cells.whole_board(["mine"], bases=8, dropped=8)
    assert missing_cells(built(given)) == [
        *(
            f"- mine: {cell} path: every pair was dropped"
            for cell in ("sensitivity, relative", "sensitivity, matched", "plateau, scaled")
        ),
        "- isotropic: plateau, scaled path: not measured",
    ]


def test_why_nothing_could_be_scored_is_no_note_of_what_ran() -> None:
    """Of few prompts even the Gaussian may seem real: that is no fault of the run."""
    assert missing_cells(built(cells.whole_board([*cells.FEW, "mine"], points=33))) == []
