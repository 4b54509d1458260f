from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from synact_bench.errors import RecordError
from synact_bench.experiments import CONTROLS, EXPERIMENTS, LADDER, REAL, SCALE
from synact_bench.leaderboard import audit as audits
from synact_bench.leaderboard.audit import Audit
from synact_bench.leaderboard.audit_page import page
from synact_bench.leaderboard.board import WANTED
from synact_bench.metrics import METRICS
from synact_bench.scoring import CellName
from synact_bench.scoring.explained import Explained, PathFacts
from tests.helpers import boards, cells
from tests.helpers.boards import CONTROLLED, RISING, ROWS, audited, ladder


@pytest.fixture(scope="module")
def whole() -> Audit:
    return boards.whole_audit()


@pytest.fixture(scope="module")
def bare() -> Audit:
    """Of a board without controls of the instrument."""
    return audited(cells.whole_board(ROWS))


def test_halves_of_the_documents_agree_on_rows_that_lie_far_apart(whole: Audit) -> None:
    assert whole.halves.rows == len(ROWS) - len(cells.FEW[:-1])
    assert whole.halves.rho == pytest.approx(1)
    assert whole.halves.reversals == ()


def test_every_real_draw_takes_its_turn_against_the_others(whole: Audit) -> None:
    assert list(whole.turns) == list(REAL)
    for found in whole.turns.values():
        overall = found.overall.estimate
        assert overall is not None
        assert overall.value == pytest.approx(1, abs=0.35)
        assert len(overall.replicates)


def test_realism_falls_with_the_dose(whole: Audit) -> None:
    assert [rung.dose for rung in whole.ladder] == [0, 0.1, 0.25, 0.5, 1]
    values = [rung.realism.overall.value for rung in whole.ladder]
    assert values == sorted(values, key=lambda value: -float(value or 0))
    assert whole.correlation == pytest.approx(-1)


def test_a_ladder_out_of_order_is_correlated_less() -> None:
    swapped = RISING | {"ladder-0.5": RISING["ladder-1"], "ladder-1": RISING["ladder-0.5"]}
    given = [*cells.whole_board(cells.FEW), *ladder(swapped)]
    assert audited(given).correlation == pytest.approx(-0.9)


def test_a_ladder_without_one_overall_has_no_correlation() -> None:
    rungs = ladder(RISING)
    assert audited([*cells.whole_board(cells.FEW), *rungs[1:]]).correlation is None


def test_a_ladder_without_a_rung_has_no_correlation() -> None:
    rungs = ladder({name: RISING[name] for name in LADDER[:-1]})
    found = audited([*cells.whole_board(cells.FEW), *rungs])
    assert all(rung.realism.overall.value is not None for rung in found.ladder)
    assert (len(found.ladder), found.correlation) == (len(LADDER) - 1, None)


def test_further_paths_are_scored_for_every_control(whole: Audit) -> None:
    assert set(whole.diagnostics) == {
        CellName(experiment.name, path)
        for experiment in EXPERIMENTS.values()
        for path in experiment.diagnostic_paths
    }
    for cell, metrics in whole.diagnostics.items():
        assert set(metrics) == {
            name
            for name, metric in METRICS.items()
            if metric.status == "headline" and metric.applies(*cell)
        }
        for controls in metrics.values():
            assert set(controls) == set(CONTROLLED) <= set(CONTROLS)
            gaussian, isotropic = (controls[name].value for name in CONTROLLED)
            assert gaussian is not None
            assert isotropic is not None
            assert gaussian > isotropic


def test_every_headline_metric_is_explained_where_it_is_scored(whole: Audit) -> None:
    assert set(whole.explained) == set(WANTED)
    for cell, metrics in whole.explained.items():
        assert set(metrics) == {
            name
            for name, metric in METRICS.items()
            if metric.status == "headline" and metric.applies(*cell)
        }
        for each in metrics.values():
            assert set(each.shares) == set(ROWS) - set(SCALE)
            assert (each.r2 is None) is (each.reason is not None)


def test_real_is_explained_by_the_paths_of_all_its_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Mapping[str, PathFacts]] = []

    def kept(rows: Mapping[str, PathFacts], **_: Any) -> Explained:
        seen.append(rows)
        return Explained(None, {}, "not asked")

    monkeypatch.setattr(audits, "explained", kept)
    audited(cells.whole_board(cells.FEW))
    draws = [cells.cell(name, *WANTED[-1]).sample.values["plateau_width"].values for name in REAL]
    widths = np.concatenate(draws)
    assert sum(np.array_equal(rows["real"].values, widths) for rows in seen) == 1
    assert all(set(rows) == {"real", "gaussian"} for rows in seen)


def test_what_was_not_measured_is_left_out(bare: Audit, whole: Audit) -> None:
    assert (bare.ladder, bare.correlation, bare.diagnostics) == ((), None, {})
    assert bare.setting.testbed == "toy@1"
    assert bare.halves == whole.halves


def test_the_order_of_the_cells_does_not_matter(bare: Audit) -> None:
    again = audited(cells.whole_board(ROWS)[::-1])
    assert page(again) == page(bare)


def test_cells_that_cannot_stand_on_one_board_are_refused() -> None:
    with pytest.raises(RecordError, match="seed is 0 in one and 1 in the other"):
        audited([*cells.whole_board(cells.FEW), *cells.whole_board(["mine"], seed=1)])


def test_too_few_rows_have_no_correlation_of_halves() -> None:
    found = audited(cells.whole_board([*cells.FEW[:-1], "mine"]))
    assert found.halves.rho is None
    assert found.halves.reason is not None


def test_the_board_of_the_same_cells_stays_what_it_was() -> None:
    given = [*cells.whole_board(cells.FEW), *ladder(RISING)]
    assert boards.built(given).to_json() == boards.few().to_json()
