from __future__ import annotations

import dataclasses

import pytest

from synact_bench.reports.board import Board
from synact_bench.reports.confidence import (
    facts,
    marks,
    scale_words,
    too_few,
    wrapped,
    wrong_prompt_words,
)
from tests.helpers import boards, cells
from tests.helpers.boards import built


@pytest.fixture(scope="module")
def board() -> Board:
    return boards.whole()


def test_the_scale_says_where_it_comes_from(board: Board) -> None:
    measured = scale_words(board)
    assert measured.endswith(
        "from 1 draw of Gaussian samples, measured from these cells and held fixed."
    )
    for cell, scale in board.scales.items():
        assert f"{scale.gamma:.3g} ± {scale.gamma_error:.2g} ({cell[0]}, {cell[1]})" in measured
    four = {cell: dataclasses.replace(scale, gaussians=4) for cell, scale in board.scales.items()}
    frozen = scale_words(dataclasses.replace(board, frozen=True, scales=four))
    assert frozen.endswith("from 4 draws of Gaussian samples, frozen with the testbed.")
    assert scale_words(dataclasses.replace(board, scales={})) == ""


def test_wrong_prompts_are_said_where_they_stand(board: Board) -> None:
    assert wrong_prompt_words(board).startswith("Real curves on the wrong prompts (wrong-prompt): ")
    assert wrong_prompt_words(boards.few()) == ""


def test_marks_are_explained_where_they_stand(board: Board) -> None:
    assert marks(board) == "≈ cannot be told from real."
    assert marks(boards.few()) == ""
    apart = tuple(
        dataclasses.replace(row, score=dataclasses.replace(row.score, disagree=True))
        for row in boards.few().rows
    )
    assert marks(dataclasses.replace(boards.few(), rows=apart)).startswith("≠ parts lie on diff")


def test_paths_without_a_step_are_said(board: Board) -> None:
    flat = dataclasses.replace(board, no_event="real paths have no step")
    assert "Note: real paths have no step." in list(facts(flat))


def test_too_few_documents_leave_one_sentence(board: Board) -> None:
    few = built(cells.whole_board(cells.FEW, documents=8))
    assert too_few(few) == "24 prompts: it runs; nothing can be read off"
    assert list(facts(few)) == []
    assert too_few(board) is None


def test_wrapped_lines_are_no_wider_than_asked_for() -> None:
    shown = wrapped(["word " * 40, "short"], 30).splitlines()
    assert max(map(len, shown)) <= 30
    assert shown[0].startswith("word")
    assert shown[1].startswith("  word")
    assert shown[-1] == "short"
