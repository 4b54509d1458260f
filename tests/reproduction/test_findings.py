from __future__ import annotations

from functools import cache

import pytest

from synact_bench.experiments import EXPERIMENTS, SCALE
from synact_bench.generators import BUILTINS
from synact_bench.leaderboard.comparable import arrange
from synact_bench.metrics import metrics_for
from synact_bench.reproduction import findings
from synact_bench.reproduction.findings import FINDINGS, REALISM, JudgedFinding, wanted_rows
from synact_bench.reproduction.verdict import Verdict
from synact_bench.results.store import Cell
from tests.helpers import cells
from tests.helpers.boards import REPLICATES, short_floors

ROWS = (*SCALE, *wanted_rows())
HOLDS, FAILS, UNTOLD = Verdict.REPLICATES, Verdict.DOES_NOT, Verdict.UNTOLD


def judged(given: list[Cell]) -> list[JudgedFinding]:
    with short_floors():
        return findings.judge(arrange(given), replicates=REPLICATES)


@cache
def toy() -> list[JudgedFinding]:
    """Steps toward Gaussian come late, structured rows lie between, and no plateau is short."""
    return judged(cells.whole_board(ROWS))


@pytest.fixture
def short_plateaus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every synthetic row leaves its plateau before the real ones do."""
    for name in wanted_rows():
        monkeypatch.setitem(cells.CENTRES, name, 0.3)


def test_what_holds_in_the_cells_replicates_and_what_is_the_other_way_does_not() -> None:
    assert [each.verdict for each in toy()] == [HOLDS, HOLDS, FAILS]
    assert all(each.verdict is HOLDS for each in toy()[0].claims)
    assert all(each.verdict is FAILS for each in toy()[2].claims)


def test_shorter_plateaus_replicate(short_plateaus: None) -> None:
    found = judged(cells.whole_board(ROWS, experiments=["plateau"]))
    assert found[2].verdict is HOLDS


def test_the_difference_is_that_of_the_means_over_all_draws_of_real() -> None:
    first = toy()[0].claims[0]
    values = {
        name: cells.cell(name).sample.values["max_slope_step"].values.mean()
        for name in (*SCALE, "gaussian")
    }
    real = sum(values[name] for name in SCALE[:-1]) / len(SCALE[:-1])
    assert first.claim.rows == ("real", "gaussian")
    assert first.row is not None
    assert first.row.value == pytest.approx(real)
    assert first.difference is not None
    assert first.difference.value == pytest.approx(real - values["gaussian"])
    assert first.difference.interval is not None


def test_what_is_not_measured_cannot_be_told_and_is_named() -> None:
    rows = [name for name in ROWS if name != "synthetic-random"]
    found = judged(cells.whole_board(rows))
    assert [each.verdict for each in found] == [HOLDS, UNTOLD, FAILS]
    missing = [each for each in found[1].claims if each.reason]
    assert [each.reason for each in missing] == ["synthetic-random is not measured"]
    assert missing[0].row is not None
    assert missing[0].difference is None


def test_structure_must_come_closer_to_real_than_a_gaussian_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(cells.CENTRES, "synthetic-structured", cells.CENTRES["gaussian"] + 0.1)
    verdicts = {each.claim.than: each.verdict for each in judged(cells.whole_board(ROWS))[1].claims}
    assert verdicts["gaussian"] is FAILS


def test_an_experiment_that_was_not_run_cannot_be_told() -> None:
    found = judged(cells.whole_board(ROWS, experiments=["sensitivity"]))
    assert [each.verdict for each in found] == [HOLDS, HOLDS, UNTOLD]


def test_few_documents_tell_nothing() -> None:
    found = judged(cells.whole_board(ROWS, documents=5))
    assert [each.verdict for each in found] == [UNTOLD] * 3
    assert found[0].claims[0].difference is not None


def test_where_realism_has_no_meaning_the_reason_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gaussian-zero", "gaussian"):  # as real as real
        monkeypatch.setitem(cells.CENTRES, name, 0.5)
    found = judged(cells.whole_board(ROWS))
    assert found[1].verdict is UNTOLD
    assert all("real" in (each.reason or "") for each in found[1].claims)


def test_every_claim_is_about_something_that_is_measured() -> None:
    assert set(wanted_rows()) <= BUILTINS.keys()
    for finding in FINDINGS:
        for claim in finding.claims:
            if claim.cell is None:
                assert claim.quantity == REALISM
                continue
            assert claim.cell.path in EXPERIMENTS[claim.cell.experiment].paths
            assert claim.quantity in metrics_for(*claim.cell)
