from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import EXPERIMENTS, REAL
from synact_bench.generators import BUILTINS
from synact_bench.metrics import metrics_for
from synact_bench.paths import diagnostic
from synact_bench.reports import scored_cells
from synact_bench.reports.comparable import arrange
from synact_bench.reports.scored_cells import WANTED, ScoredCells
from synact_bench.reproduction import findings
from synact_bench.reproduction.findings import (
    FINDINGS,
    PAPER_PATH,
    REALISM,
    JudgedFinding,
    wanted_cells,
    wanted_rows,
)
from synact_bench.reproduction.verdict import Replication
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName
from tests.helpers import cells
from tests.helpers.boards import REPLICATES
from tests.helpers.scales import FACTS

ROWS = (*REAL, *wanted_rows())
HOLDS, FAILS, UNTOLD = Replication.REPLICATES, Replication.DOES_NOT, Replication.UNTOLD
NOTHING = Replication.NOT_MEASURED
RELATIVE, MATCHED = "sensitivity/relative", "sensitivity/matched"
BOTH, ABSOLUTE = "sensitivity/relative+matched", "sensitivity/absolute"


def judged(given: list[Cell]) -> list[JudgedFinding]:
    return findings.judge(arrange(given), replicates=REPLICATES)


def board(rows: tuple[str, ...] = ROWS, **changed: Any) -> list[Cell]:
    """The cells of a reproduction: those of a board, and of the paper's absolute paths."""
    return cells.whole_board(rows, further=[PAPER_PATH], **changed)


@cache
def toy() -> list[JudgedFinding]:
    """Steps toward Gaussian come late, structured rows lie between, and no plateau is short."""
    return judged(board())


@pytest.fixture(autouse=True)
def _structure_is_near_real(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cells.CENTRES, "synthetic-structured", 0.56)


@pytest.fixture
def short_plateaus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every synthetic row leaves its plateau before the real ones do."""
    for name in wanted_rows():
        monkeypatch.setitem(cells.CENTRES, name, 0.3)


def test_what_holds_in_the_cells_replicates_and_what_is_the_other_way_does_not() -> None:
    assert [each.verdict for each in toy()] == [HOLDS, HOLDS, FAILS]
    assert all(each.verdict is HOLDS for each in toy()[0].claims)
    assert all(each.verdict is FAILS for each in toy()[2].claims)
    assert not any(each.left_out for each in toy())


def test_every_path_has_its_own_verdict() -> None:
    first, second, third = toy()
    assert first.by_path == {RELATIVE: HOLDS, ABSOLUTE: HOLDS}
    assert second.by_path == {RELATIVE: HOLDS, MATCHED: HOLDS, BOTH: HOLDS}
    assert third.by_path == {"plateau/absolute": FAILS, "plateau/scaled": FAILS}


def test_what_is_the_other_way_on_one_path_is_told_of_that_path_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(cells.CENTRES, "synthetic-structured", 0.95)
    far = [each for each in board() if "/".join(each.name) == MATCHED]
    monkeypatch.setitem(cells.CENTRES, "synthetic-structured", 0.56)
    found = judged([each for each in board() if "/".join(each.name) != MATCHED] + far)[1]
    assert (found.by_path[RELATIVE], found.by_path[MATCHED]) == (HOLDS, FAILS)
    assert found.verdict is FAILS


def test_shorter_plateaus_replicate(short_plateaus: None) -> None:
    found = judged(board(experiments=["plateau"]))
    assert found[2].verdict is HOLDS


def test_the_difference_is_that_of_the_means_over_all_draws_of_real() -> None:
    first = toy()[0].claims[0]
    values = {
        name: cells.cell(name).sample.values["max_slope_step"].values.mean()
        for name in (*REAL, "gaussian")
    }
    real = sum(values[name] for name in REAL) / len(REAL)
    assert first.claim.rows == ("real", "gaussian")
    assert first.row is not None
    assert first.row.value == pytest.approx(real)
    assert first.difference is not None
    assert first.difference.value == pytest.approx(real - values["gaussian"])
    assert first.difference.interval is not None


def test_realism_is_that_of_a_board_path_by_path_and_their_mean() -> None:
    scores = ScoredCells.of(arrange(board())).realism(wanted_rows(), replicates=REPLICATES)
    for each in toy()[1].claims:
        score = scores[each.claim.row]
        (known,) = {
            BOTH: [score.by_experiment["sensitivity"].value],
            RELATIVE: [score.parts["relative"].value],
            MATCHED: [score.parts["matched"].value],
        }[each.claim.where]
        assert each.row is not None
        assert each.row.value == pytest.approx(known)


def test_realism_is_compared_document_by_document() -> None:
    claims = [each for each in toy()[1].claims if each.claim.where == RELATIVE]
    scores = ScoredCells.of(arrange(board())).realism(wanted_rows(), replicates=REPLICATES)
    cell = CellName("sensitivity", "relative")
    for each in claims:
        first, second = (scores[name].cells[cell].rho for name in each.claim.rows)
        assert each.difference is not None
        assert np.allclose(each.difference.replicates, second.replicates - first.replicates)


def test_a_path_that_was_measured_of_no_row_is_left_out_and_named() -> None:
    first, second, third = judged(cells.whole_board(ROWS))
    assert first.by_path == {RELATIVE: HOLDS}
    assert (first.verdict, first.left_out) == (HOLDS, (ABSOLUTE,))
    assert (second.verdict, second.left_out) == (HOLDS, ())
    assert (third.verdict, third.left_out) == (FAILS, ("plateau/absolute",))


def test_a_mean_over_paths_needs_all_of_them() -> None:
    given = [each for each in board() if "/".join(each.name) != MATCHED]
    found = judged(given)[1]
    assert found.by_path == {RELATIVE: HOLDS}
    assert found.left_out == (MATCHED, BOTH)


def test_what_is_not_measured_of_a_row_cannot_be_told_and_is_named() -> None:
    found = judged(board(tuple(name for name in ROWS if name != "synthetic-random")))
    assert [each.verdict for each in found] == [HOLDS, UNTOLD, FAILS]
    missing = [each for each in found[1].claims if each.reason]
    assert {each.reason for each in missing} == {"synthetic-random is not measured"}
    assert [each.claim.where for each in missing] == [RELATIVE, MATCHED, BOTH]
    assert missing[0].row is not None
    assert missing[0].difference is None


def test_structure_must_come_closer_to_real_than_a_gaussian_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(cells.CENTRES, "synthetic-structured", cells.CENTRES["gaussian"] + 0.1)
    verdicts = {each.claim.than: each.verdict for each in judged(board())[1].claims}
    assert verdicts["gaussian"] is FAILS


def test_of_an_experiment_that_was_not_run_nothing_is_said() -> None:
    found = judged(board(experiments=["sensitivity"]))
    assert [each.verdict for each in found] == [HOLDS, HOLDS, NOTHING]
    assert found[2].claims == ()
    assert found[2].left_out == ("plateau/absolute", "plateau/scaled")


def test_few_documents_tell_nothing() -> None:
    found = judged(board(documents=5))
    assert [each.verdict for each in found] == [UNTOLD] * 3
    assert found[0].claims[0].difference is not None


def test_means_of_few_refined_bases_tell_nothing_and_curves_do() -> None:
    found = judged(board(refined=16))
    assert [each.verdict for each in found] == [UNTOLD, HOLDS, UNTOLD]
    assert found[0].claims[0].difference is not None


def test_the_curves_of_a_board_are_gathered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gathered = []

    class Counted(ScoredCells):
        @classmethod
        def of(cls, *given: Any, **changed: Any) -> ScoredCells:
            gathered.append(given)
            return ScoredCells.of(*given, **changed)

    monkeypatch.setattr(findings, "ScoredCells", Counted)
    judged(cells.whole_board(ROWS))
    assert len(gathered) == 1


def test_where_realism_has_no_meaning_the_reason_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise ValueError("the Gaussian's E2 is 0: it cannot be told from real")

    monkeypatch.setattr(scored_cells, "measured_scale", refused)
    found = judged(cells.whole_board(ROWS, experiments=["sensitivity"]))
    assert found[1].verdict is UNTOLD
    assert all("cannot be told from real" in (each.reason or "") for each in found[1].claims)
    assert found[0].verdict is HOLDS


def test_the_scale_is_the_testbeds_where_the_records_state_it() -> None:
    stated = board(record={"scale": FACTS})
    assert findings.frozen(arrange(stated))
    assert not findings.frozen(arrange(board()))
    claims = zip(judged(stated)[1].claims, toy()[1].claims, strict=True)
    assert all(one.row != other.row for one, other in claims)


def test_cells_that_no_score_is_made_of_are_refused() -> None:
    given = [each for each in board() if each.name not in WANTED]
    with pytest.raises(RecordError, match="no cell that a score is made of"):
        judged(given)


def test_every_claim_is_about_something_that_is_measured() -> None:
    assert set(wanted_rows()) <= BUILTINS.keys()
    for finding in FINDINGS:
        for claim in finding.claims:
            if claim.quantity == REALISM:
                assert set(claim.cells) <= set(WANTED)
                continue
            (cell,) = claim.cells
            experiment = EXPERIMENTS[cell.experiment]
            assert cell.path in (*experiment.paths, *diagnostic(experiment))
            assert claim.quantity in metrics_for(*cell)
    assert {cell.path for cell in wanted_cells()} > {PAPER_PATH}
