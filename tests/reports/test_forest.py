from __future__ import annotations

import numpy as np
import pytest

from synact_bench.core.errors import UnknownNameError
from synact_bench.drawing.sheet import PRINT
from synact_bench.reports.board import Board
from synact_bench.reports.forest import LOWEST, forest
from synact_bench.scoring.departure import displayed
from tests.helpers import boards, cells
from tests.helpers.boards import built


def labels(board: Board) -> list[str]:
    figure = forest(board)
    assert figure is not None
    return [tick.get_text() for tick in figure.axes[0].get_yticklabels()]


def test_rows_stand_in_the_boards_order_with_their_ranks() -> None:
    assert labels(boards.whole()) == [
        "synthetic-structured-other",
        "synthetic-structured",
        "real-holdout",
        "wrong-prompt",
        "sae-reconstruction",
        "gaussian",
        "isotropic",
    ]


def test_a_line_spans_the_interval_and_a_mark_the_value() -> None:
    board = boards.whole()
    figure = forest(board)
    assert figure is not None
    lines = figure.axes[0].lines[2:]  # after the marks at 0 and 1
    for row, spanned, marked in zip(board.rows, lines[::2], lines[1::2], strict=False):
        estimate = row.realism.estimate
        assert estimate is not None
        assert estimate.interval is not None
        assert list(np.asarray(spanned.get_xdata())) == [
            displayed(end) for end in estimate.interval
        ]
        assert list(np.asarray(marked.get_xdata())) == [displayed(estimate.value)]
    assert len(lines) == 2 * (len(board.rows) - 1)


def test_a_flagged_row_is_hollow() -> None:
    given = cells.whole_board(cells.FEW)
    given += cells.whole_board(["mine"], seen=cells.inspection("echo"))
    figure = forest(built(given))
    assert figure is not None
    marks = figure.axes[0].lines[3::2]
    assert [mark.get_markerfacecolor() == "white" for mark in marks] == [True, False]


def test_what_is_far_worse_than_gaussian_is_on_the_axis_or_an_arrow_at_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(cells.CENTRES, "gaussian", 0.52)
    board = built(cells.whole_board([*cells.FEW, "isotropic"]))
    worst = boards.row_of(board, "isotropic").realism.value
    assert worst is not None
    assert worst < -3
    figure = forest(board)
    assert figure is not None
    left, right = figure.axes[0].get_xlim()
    assert LOWEST <= left < displayed(worst)
    assert right >= 1.1
    assert [each.get_text() for each in figure.axes[0].texts] == []
    short = forest(board, lowest=-0.25)
    assert short is not None
    assert short.axes[0].get_xlim()[0] == -0.25
    (said,) = [each.get_text().strip() for each in short.axes[0].texts]
    assert said == f"{displayed(worst):.2f}"
    arrows = [line for line in short.axes[0].lines if line.get_marker() == "<"]
    assert [list(np.asarray(each.get_xdata())) for each in arrows] == [[-0.25]]


def test_named_rows_alone_are_shown_and_kinds_told_by_marks() -> None:
    figure = forest(boards.whole(), ["gaussian", "synthetic-structured"], sheet=PRINT["column"])
    assert figure is not None
    shown = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert shown == ["synthetic-structured", "gaussian"]
    (legend,) = figure.legends
    assert [each.get_text() for each in legend.get_texts()] == ["conditioned", "control"]
    assert [line.get_marker() for line in figure.axes[0].lines[3::2]] == ["s", "D"]
    with pytest.raises(UnknownNameError, match="there is no row 'mine'"):
        forest(boards.whole(), ["mine"])


def test_a_row_without_overall_realism_says_why() -> None:
    given = cells.whole_board(cells.FEW)
    given += cells.whole_board(["partly"], experiments=["plateau"])
    figure = forest(built(given))
    assert figure is not None
    assert labels(built(given))[0] == "partly"
    (said,) = [each.get_text().strip() for each in figure.axes[0].texts]
    assert said.startswith("no cell: sensitivity/matched")


def test_too_few_documents_have_no_figure() -> None:
    assert forest(built(cells.whole_board(cells.FEW, documents=12))) is None


def test_a_board_without_overall_realism_has_no_figure() -> None:
    assert forest(built(cells.whole_board(cells.FEW, experiments=["plateau"]))) is None


def test_a_dollar_sign_starts_no_mathematics() -> None:
    given = cells.whole_board([*cells.FEW, "a$b$"])
    assert labels(built(given))[0] == r"a\$b\$"
