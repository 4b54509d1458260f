from __future__ import annotations

import dataclasses

import pytest

from synact_bench.core.experiments import PRESETS
from synact_bench.reports.applicability import Applicability
from synact_bench.reports.board import Board
from synact_bench.reports.confidence import facts
from synact_bench.reports.named_metrics import undecided, unknown_words
from synact_bench.scoring import CellName
from synact_bench.testbeds.scale import MetricScale
from tests.helpers import boards, cells
from tests.helpers.boards import built, row_of

SCALE = MetricScale(gaussian=1.65, floor=1.7, floor_upper=3.09)


@pytest.fixture(scope="module")
def quick() -> Board:
    """Enough documents for a score, of which 16 are refined."""
    return built(
        cells.whole_board([*cells.FEW, "real-native", "real-holdout", "near", "mid"], refined=16)
    )


def test_metrics_of_few_refined_bases_are_distances_alone(quick: Board) -> None:
    assert quick.replicates
    assert quick.tracks["unconditional"].by_metric == {}
    for name in ("near", "mid"):
        row = row_of(quick, name)
        assert row.rank is not None
        assert row.metric_ranks == {}
        assert len(row.distances) > 3
        assert {each.interval for each in row.distances.values()} == {None}
        for scores in row.metrics.values():
            for each in scores.values():
                assert (each.n, each.enough, each.indistinguishable) == (16, False, None)
                assert each.distance is not None


def test_no_order_of_controls_is_decided_by_them(quick: Board) -> None:
    """A board of 16 documents could be refused by the noise of their plateau widths."""
    (order,) = (each for each in quick.orders if each.by == "plateau_width")
    assert (order.verdict, len(order.difference.replicates)) == ("cannot be told", 0)


def test_why_and_what_to_do_stand_in_one_line(quick: Board) -> None:
    (line,) = undecided(quick)
    assert line == (
        "Named metrics are of fewer than 20 documents, for they come from the refined bases alone, "
        "16 of 24: distances without interval or rank, and no word in a verdict. For them measure "
        f"with --preset suite, which refines {PRESETS['suite'].refined}."
    )
    assert undecided(boards.whole()) == []


def test_a_row_that_lacks_documents_is_named() -> None:
    given = cells.whole_board([*cells.FEW, "other"])
    given += cells.whole_board(["mine"], dropped=5)
    board = built(given)
    (line,) = undecided(board)
    assert line.startswith("Named metrics of mine are of fewer than 20 documents")
    assert "For them measure with --preset suite, which refines " in line
    assert board.tracks["unconditional"].by_metric == {}  # one row is left
    assert row_of(board, "other").distances["auc_step"].interval is not None


def test_where_no_preset_refines_more_a_text_of_more_documents_is_needed(quick: Board) -> None:
    setting = dataclasses.replace(quick.setting, refined=400)
    (line,) = undecided(dataclasses.replace(quick, setting=setting))
    assert line.endswith("For them give a text of more documents.")


def test_what_does_not_apply_is_named_with_its_frozen_numbers() -> None:
    relative, matched = (CellName("sensitivity", path) for path in ("relative", "matched"))
    found = Applicability(
        {relative: {"auc_step": SCALE, "rise_width": SCALE}, matched: {"auc_step": SCALE}}, ()
    )
    (line,) = undecided(dataclasses.replace(boards.whole(), applicability=found))
    numbers = "Gaussian samples 1.65 from real, real up to 3.09 from itself"
    assert line == (
        "Not applicable on this testbed, where even Gaussian samples cannot be told from real by "
        f"them: auc_step (sensitivity/relative: {numbers}; sensitivity/matched: {numbers}), "
        f"rise_width (sensitivity/relative: {numbers}). No row is ranked by them, and no verdict "
        "speaks of them there."
    )


def test_where_no_metric_decides_anything_that_is_said_once(quick: Board) -> None:
    relative = CellName("sensitivity", "relative")
    inapplicable = Applicability({relative: {"auc_step": SCALE}}, ())
    both = undecided(dataclasses.replace(quick, applicability=inapplicable))
    assert both == undecided(quick)
    lacking = built(
        [*cells.whole_board([*cells.FEW, "other"]), *cells.whole_board(["m"], dropped=5)]
    )
    assert len(undecided(dataclasses.replace(lacking, applicability=inapplicable))) == 2


def test_what_is_not_frozen_is_said_once_under_the_scale() -> None:
    board = boards.whole()
    said = list(facts(board))
    place = next(at for at, line in enumerate(said) if line.startswith("Scale: "))
    assert said[place + 1] == unknown_words(board)
    assert unknown_words(board).startswith("No frozen scale of the named metrics stands")
    some = dataclasses.replace(board, applicability=Applicability({}, ("auc_step", "rise_width")))
    assert unknown_words(some).startswith("No frozen scale of auc_step, rise_width stands")
    known = dataclasses.replace(board, applicability=Applicability({}, ()))
    assert unknown_words(known) == ""
    assert len(list(facts(known))) == len(said) - 1
