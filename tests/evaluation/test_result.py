from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from synact_bench.core.errors import SynactError, UnknownNameError
from synact_bench.evaluation.result import Evaluation
from synact_bench.reports.board import WANTED
from synact_bench.reports.verdicts import verdict
from tests.helpers import boards, cells

GIVEN = cells.whole_board(cells.FEW)


@pytest.fixture(scope="module")
def result() -> Evaluation:
    return Evaluation.of("gaussian", boards.few(), GIVEN, folder=Path("runs"))


def test_it_is_its_row_of_the_board(result: Evaluation) -> None:
    assert result.row is boards.row_of(boards.few(), "gaussian")
    assert result.name == "gaussian"
    assert result.scores["overall"].value == result.row.realism.value


def test_curves_are_found_by_experiment_and_path(result: Evaluation) -> None:
    assert set(result.curves) == set(WANTED)
    for each in GIVEN:
        identity = each.record.identity
        if identity.generator.name == "gaussian" and each.name in WANTED:
            experiment, path = (part.split("@")[0] for part in (identity.experiment, identity.path))
            assert result.curves[experiment, path] is each.table.curves


def test_in_text_it_says_what_was_measured_and_the_scores(result: Evaluation) -> None:
    said = repr(result)
    assert said.startswith("<Evaluation of gaussian on toy@1, tiny: overall ")
    assert all(f"{name} {score}" in said for name, score in result.scores.items())


def test_of_too_few_documents_the_text_has_no_number() -> None:
    given = cells.whole_board(cells.FEW, documents=5)
    found = Evaluation.of("gaussian", boards.built(given), given, folder=Path("runs"))
    assert repr(found).endswith("tiny: it runs; nothing can be read off>")
    assert {each.value for each in found.scores.values()} == {None}
    assert {each.reason for each in found.scores.values()} == {
        "24 prompts: it runs; nothing can be read off"
    }


def test_of_too_few_documents_a_missing_cell_is_still_named() -> None:
    given = cells.whole_board(cells.FEW, documents=5, experiments=["plateau"])
    found = Evaluation.of("gaussian", boards.built(given), given, folder=Path("runs")).scores
    assert str(found["overall"].reason).startswith("no cell: ")
    assert str(found["plateau"].reason).endswith("nothing can be read off")


def test_its_verdict_is_the_board_s(result: Evaluation) -> None:
    assert result.verdict == verdict(result.row, boards.few())
    assert result.verdict.startswith("realism ")


def test_a_notebook_gets_html_with_the_picture(result: Evaluation) -> None:
    shown = result._repr_html_()
    assert shown.startswith("<div>")
    assert "data:image/png;base64," in shown


def test_frames_are_those_of_the_row(result: Evaluation) -> None:
    assert set(result.to_frame()["metric"]) >= {"plateau_width", "kl_curve_gap"}
    assert len(result.paths_frame()) == len(WANTED) * cells.BASES


def test_a_row_that_is_not_there_is_refused() -> None:
    with pytest.raises(SynactError, match=r"the board has no row 'mine'; evaluate one of: "):
        Evaluation.of("mine", boards.few(), GIVEN, folder=Path("runs"))


def test_rows_are_drawn_onto_given_axes_which_are_returned(result: Evaluation) -> None:
    axes = Figure().subplots()
    assert result.plot(["real-floor-1"], path="plateau/scaled", metric="kl", ax=axes) is axes
    names = [each.get_text() for each in axes.get_legend().get_texts()]
    assert names == ["real", "gaussian", "real-floor-1"]
    assert len(axes.get_lines()) == 3
    assert "plateau, scaled path" in axes.get_xlabel()


def test_without_axes_there_is_a_panel_for_each_path_and_metric(result: Evaluation) -> None:
    assert len(result.plot().axes) == 4
    assert len(result.plot(["real-floor-1"]).axes) == 4
    assert len(result.plot(path="scaled").axes) == 2
    assert len(result.plot(metric="kl").axes) == 2
    (panel,) = result.plot(metric="plateau_width").axes
    assert panel.get_ylabel().startswith("share of paths")


def test_what_cannot_be_drawn_is_refused(result: Evaluation) -> None:
    with pytest.raises(UnknownNameError, match="there is no row 'mine'"):
        result.plot(["mine"])
    with pytest.raises(UnknownNameError, match="there is no path 'straight'"):
        result.plot(path="straight")
    with pytest.raises(UnknownNameError, match="there is no metric 'height'"):
        result.plot(metric="height")


def test_latex_has_its_line_of_the_board(result: Evaluation) -> None:
    assert result.to_latex() == result.board.to_latex(["gaussian"])
    assert " gaussian &" in result.to_latex()
