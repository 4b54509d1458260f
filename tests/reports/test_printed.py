from __future__ import annotations

import dataclasses

import pytest

from synact_bench.reports.archive import Archived
from synact_bench.reports.board import Board
from synact_bench.reports.printed import NAME, WIDTH, printed
from tests.helpers import boards, cells
from tests.helpers.boards import built

LONG = "a-generator-whose-name-is-far-longer-than-a-column-of-a-table-could-ever-hold-in-a-terminal"


@pytest.fixture(scope="module")
def board() -> Board:
    flagged = cells.inspection("near-duplicate", "data-copying")
    given = cells.whole_board([*cells.CENTRES, LONG, "mine", "worse"])
    return built([*given, *cells.whole_board(["copied"], seen=flagged)])


def test_no_line_is_wider_than_a_terminal(board: Board) -> None:
    for each in (board, boards.whole(), boards.few()):
        assert max(map(len, printed(each).splitlines())) <= WIDTH == 100


def test_no_line_is_wider_however_wide_its_numbers(board: Board) -> None:
    """Two-digit ranks, negative values and both marks, on the longest names."""
    rows = tuple(
        dataclasses.replace(
            row,
            rank=12,
            part_ranks=dict.fromkeys(row.score.parts, 12),
            score=dataclasses.replace(
                row.score,
                disagree=True,
                test=boards.row_of(board, "real-holdout").score.test,
                parts={name: boards.row_of(board, "isotropic").realism for name in row.score.parts},
                overall=boards.row_of(board, "isotropic").realism,
            ),
        )
        for row in board.rows
    )
    wide = printed(dataclasses.replace(board, rows=rows))
    assert "(12)" in wide
    assert "≈≠" in wide
    assert max(map(len, wide.splitlines())) <= WIDTH


def test_verdicts_come_first_then_a_table_for_each_track_and_the_controls(board: Board) -> None:
    blocks = printed(board).split("\n\n")
    first = next(row for row in board.rows if not row.control)
    assert blocks[0].startswith(f"{first.name}: realism 0.")
    headers = [block.splitlines()[0].split()[:2] for block in blocks if block.startswith("rank ")]
    assert headers == [["rank", "unconditional"], ["rank", "conditioned"], ["rank", "control"]]


def test_every_row_stands_in_its_table_with_its_rank(board: Board) -> None:
    tables = [block for block in printed(board).split("\n\n") if block.startswith("rank ")]
    lines = [line for table in tables for line in table.splitlines()[2:]]
    assert len(lines) == len(board.rows)
    for row in board.rows:
        name = row.name if len(row.name) <= NAME else row.name[: NAME - 1] + "…"
        (words,) = [words for each in lines if name in (words := each.split())[:2]]
        assert (words[0] == str(row.rank)) is (row.rank is not None)


def test_flags_are_marked_and_said_once(board: Board) -> None:
    shown = printed(board)
    assert "copied †" in shown
    words = "near-duplicate: 50 % of its activations"
    assert " ".join(shown.split()).count(words) == 1


def test_only_the_rows_asked_for_have_a_verdict(board: Board) -> None:
    shown = printed(board, ["mine"])
    assert shown.startswith("mine: realism ")
    assert "worse: realism" not in shown
    assert "† copied: data-copying" in shown


def test_under_the_tables_stands_how_far_they_carry(board: Board) -> None:
    words = " ".join(printed(board).split())
    assert "Unconditional: two rows compared alone are told apart with probability 0.8" in words
    assert "% of the way from Gaussian to real" in words
    assert "from 1 draw of Gaussian samples, measured from these cells and held fixed." in words
    assert "Real curves on the wrong prompts (wrong-prompt): " in words
    assert "≈ cannot be told from real." in words


def test_too_few_documents_show_what_ran() -> None:
    flagged = cells.inspection("near-duplicate")
    given = cells.whole_board([*cells.FEW, "real-holdout"], bases=8)
    given += cells.whole_board(["mine"], bases=8, seen=flagged)
    shown = printed(built(given))
    lines = shown.splitlines()
    assert lines[0] == "8 prompts: it runs; nothing can be read off"
    assert lines[2].split() == ["row", "track", "n", "dropped"]
    assert sorted(line.split() for line in lines[4:]) == [
        ["gaussian", "control", "8", "0"],
        ["mine", "unconditional", "8", "0"],
        ["real-holdout", "control", "8", "0"],
    ]


def test_too_few_documents_show_which_cells_did_not_run() -> None:
    given = cells.whole_board([*cells.FEW, "mine"], bases=8, experiments=["plateau"])
    shown = printed(built(given))
    assert "every row: sensitivity, relative path: not measured" in shown


def test_what_decides_nothing_is_said_below_the_tables() -> None:
    shown = printed(built(cells.whole_board([*cells.FEW, "mine", "late"], refined=16)))
    words = " ".join(shown.split())
    assert "the refined bases alone, 16 of 24: distances without interval or rank" in words
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert "plateau " not in words.split("rank unconditional")[0]


def test_archived_rows_are_counted_with_what_has_changed(board: Board) -> None:
    assert "archive" not in printed(board)
    row = Archived("old", "1", "toy@1", "quick", 0, "2024-05-01", ("path relative@0 is 1 now",))
    for rows, many in (((row,), "1 row"), ((row, row), "2 rows")):
        last = printed(dataclasses.replace(board, archive=rows)).split("\n\n")[-1]
        assert last == (
            f"Not compared, in the archive of LEADERBOARD.md: {many} (path relative@0 is 1 now)."
        )
