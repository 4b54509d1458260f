from __future__ import annotations

import numpy as np
import pytest

from synact_bench.metrics import METRICS
from synact_bench.scoring.cell_name import CellName
from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.realism import Realism
from synact_bench.scoring.version1.overall import summarise

CELLS = [
    CellName("sensitivity", "relative"),
    CellName("sensitivity", "matched"),
    CellName("plateau", "scaled"),
]
LATE = Realism(None, "late")
TOO_CLOSE = Realism(None, "too close", applicable=False)


def all_scores(**changed: float | Realism) -> dict[CellName, dict[str, Realism]]:
    """Realism by ``<path>_<metric>``, 0.5 where not given."""

    def part(path: str, name: str) -> Realism:
        given = changed.get(f"{path}_{name}", 0.5)
        return given if isinstance(given, Realism) else Realism(Estimate(given))

    return {
        cell: {name: part(cell.path, name) for name, each in METRICS.items() if each.applies(*cell)}
        for cell in CELLS
    }


def test_means_over_cells_then_over_metrics() -> None:
    scores = all_scores(
        relative_step_sharpness=0.8,
        matched_step_sharpness=0.2,
        relative_max_slope_step=1.0,
        matched_max_slope_step=0.0,
        relative_kl_curve_gap=0.9,
        matched_kl_curve_gap=0.6,
        scaled_kl_curve_gap=0.0,
        scaled_plateau_width=-0.5,
        relative_auc_step=9.0,
        matched_rise_width=9.0,
    )
    result = summarise(scores, cells=CELLS)
    assert {name: part.value for name, part in result.by_metric.items()} == {
        "plateau_width": pytest.approx(-0.5),
        "step_sharpness": pytest.approx(0.5),
        "max_slope_step": pytest.approx(0.5),
        "kl_curve_gap": pytest.approx(0.5),
    }
    assert result.overall.value == pytest.approx(0.25)
    assert {name: part.value for name, part in result.by_experiment.items()} == {
        "plateau": pytest.approx((-0.5 + 0.0) / 2),
        "sensitivity": pytest.approx((0.5 + 0.5 + 0.75) / 3),
    }


def test_replicates_are_averaged_as_the_values_are() -> None:
    def part(*replicates: float) -> Realism:
        return Realism(Estimate(float(np.mean(replicates)), np.array(replicates)))

    rest = {
        f"{cell.path}_{name}": part(0.5, 0.5)
        for cell in CELLS
        for name, each in METRICS.items()
        if each.applies(*cell)
    }
    result = summarise(all_scores(**rest | {"scaled_plateau_width": part(0, 8)}), cells=CELLS)
    np.testing.assert_allclose(result.overall.estimate.replicates, [1.5 / 4, 9.5 / 4])
    np.testing.assert_allclose(result.by_experiment["plateau"].estimate.replicates, [0.25, 4.25])


def test_a_part_that_is_missing_empties_its_means_and_no_other() -> None:
    result = summarise(all_scores(matched_max_slope_step=LATE), cells=CELLS)
    reason = "sensitivity/matched: late"
    assert result.by_metric["max_slope_step"].reason == reason
    assert result.by_metric["step_sharpness"].value == pytest.approx(0.5)
    assert result.by_experiment["sensitivity"].reason == f"max_slope_step: {reason}"
    assert result.by_experiment["plateau"].value == pytest.approx(0.5)
    assert result.overall.reason == f"max_slope_step: {reason}"
    assert result.overall.applicable


def test_a_part_that_is_not_applicable_is_no_part_of_any_mean() -> None:
    scores = all_scores(
        relative_max_slope_step=TOO_CLOSE,
        matched_max_slope_step=0.9,
        scaled_plateau_width=TOO_CLOSE,
    )
    result = summarise(scores, cells=CELLS)
    assert result.by_metric["max_slope_step"].value == pytest.approx(0.9)
    assert result.by_metric["plateau_width"].value is None
    assert not result.by_metric["plateau_width"].applicable
    assert result.overall.value == pytest.approx((0.5 + 0.9 + 0.5) / 3)
    assert result.by_experiment["plateau"].value == pytest.approx(0.5)
    assert result.by_experiment["sensitivity"].value == pytest.approx((0.5 + 0.9 + 0.5) / 3)


def test_with_nothing_applicable_the_overall_is_not_applicable() -> None:
    names = [f"{cell.path}_{name}" for cell in CELLS for name in METRICS]
    result = summarise(all_scores(**dict.fromkeys(names, TOO_CLOSE)), cells=CELLS)
    assert result.overall.value is None
    assert not result.overall.applicable


def test_a_secondary_metric_without_realism_plays_no_part() -> None:
    result = summarise(all_scores(matched_auc_step=LATE), cells=CELLS)
    assert result.overall.value == pytest.approx(0.5)


def test_a_missing_cell_is_named() -> None:
    scores = all_scores()
    del scores[CELLS[2]]
    result = summarise(scores, cells=CELLS)
    assert result.by_metric["plateau_width"].reason == "plateau/scaled: the cell is missing"
    assert result.by_metric["step_sharpness"].value == pytest.approx(0.5)
    assert result.overall.reason == (
        "plateau_width: plateau/scaled: the cell is missing; "
        "kl_curve_gap: plateau/scaled: the cell is missing"
    )


def test_a_missing_metric_is_named() -> None:
    scores = all_scores()
    del scores[CELLS[1]]["step_sharpness"]
    result = summarise(scores, cells=CELLS)
    expected = "sensitivity/matched: step_sharpness was not scored"
    assert result.by_metric["step_sharpness"].reason == expected


def test_without_an_experiment_its_metrics_have_no_mean() -> None:
    only = [cell for cell in CELLS if cell.experiment == "sensitivity"]
    result = summarise(all_scores(), cells=only)
    assert result.by_metric["plateau_width"].reason == "no cell measures it"
    assert result.overall.reason == "plateau_width: no cell measures it"
    assert list(result.by_experiment) == ["sensitivity"]
    assert result.by_experiment["sensitivity"].value == pytest.approx(0.5)


def test_cells_not_asked_for_play_no_part() -> None:
    scores = all_scores(matched_step_sharpness=LATE)
    result = summarise(scores, cells=[CELLS[0], CELLS[2]])
    assert result.overall.value == pytest.approx(0.5)
