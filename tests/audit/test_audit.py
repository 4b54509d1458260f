from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from synact_bench.audit import trivial
from synact_bench.audit.audit import Audit
from synact_bench.audit.page import page
from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import CONTROLS, EXPERIMENTS, HOLDOUT, REAL, WRONG_PROMPT
from synact_bench.metrics import METRICS
from synact_bench.paths import diagnostic
from synact_bench.reports.board import WANTED
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName
from synact_bench.similarity.explained import Explained, PathFacts
from tests.helpers import boards, cells
from tests.helpers.boards import CONTROLLED, RISING, ROWS, audited, ladder, row_of

NAMES = {*ROWS} - {*REAL} | {WRONG_PROMPT}


@pytest.fixture(scope="module")
def whole() -> Audit:
    return boards.whole_audit()


@pytest.fixture(scope="module")
def bare() -> Audit:
    """Of a board without controls of the instrument."""
    return audited(cells.whole_board(ROWS))


def test_halves_of_the_documents_are_of_every_row_of_the_board(whole: Audit) -> None:
    assert set(whole.halves.first) == set(whole.halves.second) == NAMES
    assert whole.halves.agreement.rows == len(NAMES)
    assert whole.halves.agreement.rho is not None
    assert whole.halves.agreement.rho >= 0.9
    assert whole.halves.agreement.reversals == ()


def test_every_score_is_that_of_the_board(whole: Audit) -> None:
    board = boards.built(cells.whole_board(ROWS))
    for name, score in whole.landmarks.items():
        assert score.overall.value == row_of(board, name).realism.value
        assert score.overall.estimate is not None
        assert score.overall.estimate.interval == row_of(board, name).realism.estimate.interval
    assert list(whole.landmarks) == [HOLDOUT, WRONG_PROMPT, "gaussian"]


def test_every_real_draw_takes_its_turn_against_the_others(whole: Audit) -> None:
    assert list(whole.turns) == [*REAL, HOLDOUT]
    for found in whole.turns.values():
        assert found.overall.value == pytest.approx(1, abs=0.35)
        assert set(found.cells) == set(WANTED)


def test_realism_falls_with_the_dose(whole: Audit) -> None:
    assert whole.ladder is not None
    assert [*whole.ladder.rungs] == [0, 0.1, 0.25, 0.5, 1]
    assert whole.ladder.monotone
    assert [each.seen for each in whole.ladder.steps] == [True, True, True]
    assert whole.ladder.correlation == pytest.approx(-1)


def test_a_ladder_out_of_order_is_correlated_less() -> None:
    swapped = RISING | {"ladder-0.5": RISING["ladder-1"], "ladder-1": RISING["ladder-0.5"]}
    found = audited([*cells.whole_board(cells.FEW), *ladder(swapped)]).ladder
    assert found is not None
    assert found.correlation == pytest.approx(-0.9)
    assert not found.monotone


def test_a_ladder_without_one_overall_has_no_correlation() -> None:
    rungs = ladder(RISING)
    found = audited([*cells.whole_board(cells.FEW), *rungs[1:]]).ladder
    assert found is not None
    assert found.correlation is None


def test_a_track_of_two_rows_has_what_it_can_tell_apart() -> None:
    given = [*cells.whole_board([*ROWS, "near"], seen=cells.inspection())]
    flagged = cells.whole_board(["echo"], seen=cells.inspection("near-duplicate"))
    found = audited([*given, *flagged]).resolution
    assert list(found) == ["unconditional"]
    assert (found["unconditional"].rows, found["unconditional"].pairs) == (2, 1)
    assert found["unconditional"].share is not None
    assert audited(cells.whole_board(ROWS)).resolution == {}


def test_held_out_paths_are_replaced_and_the_leading_rows_scored_on_fewer_bases(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for place in range(4):
            patch.setitem(cells.CENTRES, f"row-{place}", 0.55 + 0.03 * place)
        names = [*ROWS, *(f"row-{place}" for place in range(4))]
        given = cells.whole_board(names, bases=60, documents=60)
    found = audited(given)
    assert [each.paths for each in found.corruptions] == [3, 3]
    assert [each.of for each in found.corruptions] == [180, 180]
    assert [each.bases for each in found.subsets] == [50, 60]
    assert set(found.subsets[-1].scores) == {HOLDOUT, "row-0", "row-1", "row-2"}
    assert list(found.subsets[-1].scores)[1:] == ["row-0", "row-1", "row-2"]


def test_further_paths_are_scored_for_every_control(whole: Audit) -> None:
    assert set(whole.diagnostics) == {
        CellName(experiment.name, path)
        for experiment in EXPERIMENTS.values()
        for path in diagnostic(experiment)
    }
    for controls in whole.diagnostics.values():
        assert set(controls) == set(CONTROLLED) <= set(CONTROLS)
        gaussian, isotropic = (controls[name].value for name in CONTROLLED)
        assert gaussian is not None
        assert isotropic is not None
        assert gaussian > isotropic
        assert gaussian == pytest.approx(0, abs=0.3)


def test_a_control_without_a_path_says_so() -> None:
    further = [
        cells.cell(name, "plateau", "spherical", dropped=cells.BASES * (name == "isotropic"))
        for name in (*REAL, *CONTROLLED)
    ]
    found = audited([*cells.whole_board(ROWS), *further]).diagnostics
    (controls,) = found.values()
    assert controls["gaussian"].value is not None
    assert controls["isotropic"].reason == "too few documents with a path"


def test_every_headline_metric_is_explained_where_it_is_scored(whole: Audit) -> None:
    assert set(whole.explained) == set(WANTED)
    for cell, metrics in whole.explained.items():
        assert set(metrics) == {
            name
            for name, metric in METRICS.items()
            if metric.status == "headline" and metric.applies(*cell)
        }
        for each in metrics.values():
            assert set(each.shares) == set(ROWS) - set(REAL)
            assert (each.r2 is None) is (each.reason is not None)


def facts_of(monkeypatch: pytest.MonkeyPatch, given: list[Cell]) -> list[Mapping[str, PathFacts]]:
    """What the trivial explanation is asked about."""
    seen: list[Mapping[str, PathFacts]] = []

    def kept(rows: Mapping[str, PathFacts], **_: Any) -> Explained:
        seen.append(rows)
        return Explained(None, {}, "not asked")

    monkeypatch.setattr(trivial, "explained", kept)
    audited(given)
    return seen


def test_real_is_explained_by_the_paths_of_all_its_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = facts_of(monkeypatch, cells.whole_board(cells.FEW))
    draws = [cells.cell(name, *WANTED[-1]).sample.values["plateau_width"].values for name in REAL]
    widths = np.concatenate(draws)
    assert sum(np.array_equal(rows["real"].values, widths) for rows in seen) == 1
    assert all(set(rows) == {"real", "gaussian"} for rows in seen)


def test_metrics_of_refined_bases_meet_the_geometry_of_these_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = facts_of(monkeypatch, cells.whole_board(cells.FEW, refined=10))
    distance = cells.cell("gaussian").table.geometry["distance"][:10]
    for rows in seen:
        np.testing.assert_allclose(rows["gaussian"].features[:, 0], distance)
        assert len(rows["gaussian"].values) == 10


def test_what_was_not_measured_is_left_out(bare: Audit, whole: Audit) -> None:
    assert (bare.ladder, bare.diagnostics, bare.subsets) == (None, {}, ())
    assert bare.setting.testbed == "toy@1"
    assert bare.halves.agreement == whole.halves.agreement
    few = audited(cells.whole_board(cells.FEW))
    assert (few.turns, few.corruptions, list(few.landmarks)) == ({}, (), ["gaussian"])


def test_the_order_of_the_cells_does_not_matter(bare: Audit) -> None:
    again = audited(cells.whole_board(ROWS)[::-1])
    assert page(again) == page(bare)


def test_cells_that_cannot_stand_on_one_board_are_refused() -> None:
    with pytest.raises(RecordError, match="seed is 0 in one and 1 in the other"):
        audited([*cells.whole_board(cells.FEW), *cells.whole_board(["mine"], seed=1)])


def test_too_few_rows_have_no_correlation_of_halves() -> None:
    found = audited(cells.whole_board([*cells.FEW[:-1], "mine"])).halves
    assert (found.agreement.rho, found.median) == (None, None)
    assert found.agreement.reason is not None


def test_too_few_documents_give_no_interval_and_refuse_nothing() -> None:
    found = audited(cells.whole_board(ROWS, documents=8))
    assert found.documents == 8
    assert found.halves.agreement.reversals == ()
    estimates = [each.overall.estimate for each in found.turns.values()]
    assert {each.interval for each in estimates if each is not None} == {None}
    assert page(found).endswith("\n\n**24 prompts: it runs; nothing can be read off.**\n")


def test_the_board_of_the_same_cells_stays_what_it_was() -> None:
    given = [*cells.whole_board(cells.FEW), *ladder(RISING)]
    assert boards.built(given).to_json() == boards.few().to_json()
