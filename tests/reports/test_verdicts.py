from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from synact_bench.metrics import METRICS
from synact_bench.reports.applicability import Applicability
from synact_bench.reports.board import Board, BoardRow
from synact_bench.reports.verdicts import ranked_among, verdict, verdicts
from synact_bench.scoring import CellName, Estimate, MetricScore
from synact_bench.testbeds.scale import MetricScale
from tests.helpers import cells
from tests.helpers.boards import built, row_of

PLATEAU = CellName("plateau", "scaled")
RELATIVE = CellName("sensitivity", "relative")


@pytest.fixture(scope="module")
def board() -> Board:
    with pytest.MonkeyPatch.context() as patch:
        for name, centre in {"near": 0.5, "late": 0.62, "early": 0.4}.items():
            patch.setitem(cells.CENTRES, name, centre)
        given = cells.whole_board([*cells.FEW, "real-holdout", "near", "late", "early"])
        return built(given)


def apart(distance: float) -> Estimate:
    """Of enough documents for an interval."""
    return Estimate(distance, np.full(3, distance))


def metric(name: str, **changed: float | Estimate | None) -> MetricScore:
    """A metric far beyond its floor, above real, unless changed."""
    plain = MetricScore(
        metric=name,
        n=24,
        mean=3.0,
        sd=1.0,
        real_mean=2.0,
        censored_share=0.0,
        undefined_share=0.0,
        ks=0.5,
        distance=apart(1.0),
        d_floor=0.1,
        d_floor_upper=0.2,
        percentile=100.0,
    )
    return dataclasses.replace(plain, **changed)  # type: ignore[arg-type]


def with_metrics(row: BoardRow, *found: MetricScore) -> BoardRow:
    return dataclasses.replace(row, metrics={PLATEAU: {each.metric: each for each in found}})


def test_it_says_realism_rank_what_is_off_and_who_tells(board: Board) -> None:
    said = verdict(row_of(board, "late"), board)
    assert said.startswith("realism 0.")
    assert " ± 0.0" in said
    assert f"; {ranked_among(row_of(board, 'late'), board)}; plateau too wide (" in said
    assert "too late (" in said
    assert " against " in said
    assert said.endswith(" path")
    assert "a judge tells it from real in " in said


def test_a_row_like_real_is_about_right_and_no_judge_tells_it(board: Board) -> None:
    said = verdict(row_of(board, "near"), board)
    assert "cannot be told from real" in said
    assert "plateau about right, step about right" in said
    assert "a judge cannot tell it from real (" in said


def test_the_other_way_has_the_other_word(board: Board) -> None:
    said = verdict(row_of(board, "early"), board)
    assert "plateau too narrow (" in said
    assert "too early (" in said


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (metric("plateau_width"), "plateau too wide (3.00 against 2.00)"),
        (metric("plateau_width", mean=1.0), "plateau too narrow (1.00 against 2.00)"),
        (metric("plateau_width", mean=2.4), "plateau spread otherwise"),
        (metric("plateau_width", distance=apart(0.19)), "plateau about right"),
        (metric("plateau_width", d_floor_upper=None), "plateau about right"),
        (metric("step_sharpness", mean=4.0), "step too sharp (4.00 against 2.00)"),
        (metric("step_sharpness", mean=1.0), "step too soft (1.00 against 2.00)"),
        (metric("max_slope_step"), "step too late (3.00 against 2.00)"),
        (metric("max_slope_step", mean=1.0), "step too early (1.00 against 2.00)"),
        (metric("kl_curve_gap", mean=None, real_mean=None), "kl curves off by 1.00 decades"),
    ],
)
def test_words_follow_the_side_on_which_the_mean_lies(
    board: Board, score: MetricScore, words: str
) -> None:
    row = with_metrics(row_of(board, "late"), score)
    assert f"; {words}; " in verdict(row, board)


def test_two_faults_of_one_noun_are_said_together(board: Board) -> None:
    row = with_metrics(
        row_of(board, "late"), metric("step_sharpness", mean=1.0), metric("max_slope_step")
    )
    shown = "step too soft (1.00 against 2.00) and too late (3.00 against 2.00)"
    assert shown in verdict(row, board)


def test_the_cell_in_which_it_is_off_most_is_shown(board: Board) -> None:
    near, far = metric("max_slope_step", mean=2.1), metric("max_slope_step", distance=apart(9.0))
    far = dataclasses.replace(far, mean=11.0)
    row = dataclasses.replace(
        row_of(board, "late"),
        metrics={
            RELATIVE: {near.metric: near},
            CellName("sensitivity", "matched"): {far.metric: far},
        },
    )
    assert "step too late (11.0 against 2.00)" in verdict(row, board)


def test_without_a_step_in_real_no_metric_is_blamed(board: Board) -> None:
    flat = dataclasses.replace(board, no_event="real paths have no step")
    said = verdict(row_of(board, "late"), flat)
    assert "step" not in said
    assert "a judge tells" in said


def test_a_metric_of_too_few_documents_has_no_word(board: Board) -> None:
    few, enough = metric("plateau_width", distance=Estimate(1.0)), metric("max_slope_step")
    said = verdict(with_metrics(row_of(board, "late"), few, enough), board)
    assert "plateau" not in said.replace("plateau path", "")
    assert "; step too late (3.00 against 2.00); " in said


def test_a_metric_that_does_not_apply_in_a_cell_has_no_word_of_it(board: Board) -> None:
    numbers = MetricScale(gaussian=0.1, floor=0.1, floor_upper=0.2)
    inapplicable = Applicability({PLATEAU: {"max_slope_step": numbers}}, ())
    elsewhere = dataclasses.replace(board, applicability=inapplicable)
    row = with_metrics(row_of(board, "late"), metric("max_slope_step"), metric("step_sharpness"))
    assert "step too sharp (3.00 against 2.00) and too late" in verdict(row, board)
    said = verdict(row, elsewhere)
    assert "step too sharp (3.00 against 2.00); " in said
    assert "too late" not in said
    both = dataclasses.replace(row, metrics={**row.metrics, RELATIVE: row.metrics[PLATEAU]})
    assert "and too late" in verdict(both, elsewhere)


def test_a_flagged_row_says_why_it_is_not_ranked() -> None:
    given = cells.whole_board(cells.FEW)
    given += cells.whole_board(["mine"], seen=cells.inspection("near-duplicate"))
    board = built(given)
    said = verdict(row_of(board, "mine"), board)
    flag = "near-duplicate: 50 % of its activations, real 1 %"
    assert said.endswith(f". Flagged, so not ranked: {flag}")
    assert "rank " not in said


def test_a_row_without_realism_has_its_reason() -> None:
    board = built(cells.whole_board([*cells.FEW, "mine"], experiments=["plateau"]))
    said = verdict(row_of(board, "mine"), board)
    assert said == "no realism: no cell: sensitivity/matched, sensitivity/relative"


def test_too_few_documents_have_no_verdict() -> None:
    board = built(cells.whole_board([*cells.FEW, "mine"], documents=8))
    assert verdicts(board) == ["mine: it runs; nothing can be read off"]


def test_verdicts_are_of_the_rows_asked_for_and_never_of_controls(board: Board) -> None:
    names = [line.split(":")[0] for line in verdicts(board)]
    assert names == [row.name for row in board.rows if not row.control]
    asked = verdicts(board, ["late", "gaussian"])
    assert [line.split(":")[0] for line in asked] == ["late"]


def test_every_headline_metric_has_words() -> None:
    for each in METRICS.values():
        if each.status == "headline":
            assert each.direction is not None, each.name
            assert all([each.direction.noun, each.direction.below, each.direction.above])
