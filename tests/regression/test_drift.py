from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synact_bench.core.experiments import REAL
from synact_bench.metrics import METRICS
from synact_bench.metrics.base import Floats
from synact_bench.regression import baseline
from synact_bench.regression.drift import drift
from synact_bench.regression.snapshot import CellNumbers, Snapshot
from synact_bench.regression.verdict import Severity, Verdict
from synact_bench.scoring import CellName, sample
from tests.helpers.snapshots import snapshot, with_values

BOARD = snapshot(*REAL, ROW := "synthetic-structured", further=["absolute"])
CELLS, SETTING = BOARD.cells, BOARD.setting
PLATEAU = CELLS["real", CellName("plateau", "scaled")]
SENSITIVITY = CELLS["real", CellName("sensitivity", "relative")]


def judged(stored: CellNumbers, now: CellNumbers) -> dict[str | None, Verdict]:
    before, after = (Snapshot(SETTING, {stored.key: numbers}) for numbers in (stored, now))
    return {each.metric: each for each in drift(stored.key, before, after)}


def met(stored: CellNumbers, now: CellNumbers) -> set[Severity]:
    return {each.severity for each in judged(stored, now).values()}


def test_the_same_numbers_are_the_same() -> None:
    for numbers in (PLATEAU, SENSITIVITY):
        verdicts = judged(numbers, numbers)
        assert verdicts.keys() == numbers.metrics.keys()
        assert {each.severity for each in verdicts.values()} == {Severity.SAME}


def with_rows(numbers: CellNumbers, metric: str, rows: Floats) -> CellNumbers:
    """The rows of a metric of sets replaced, or added."""
    changed = dataclasses.replace(numbers.sample, rows={**numbers.sample.rows, metric: rows})
    return dataclasses.replace(numbers, sample=changed)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(("times", "severity"), [(0.4, Severity.SAME), (3.0, Severity.DRIFT)])
def test_a_change_of_every_path_is_drift_beyond_the_tolerance(
    metric: str, times: float, severity: Severity
) -> None:
    numbers = PLATEAU if metric in PLATEAU.metrics else SENSITIVITY
    if metric not in numbers.metrics:
        numbers = next(each for each in CELLS.values() if metric in each.metrics)
    rule = METRICS[metric].tolerance

    def moved(values: Floats) -> Floats:
        return values + times * (rule.absolute + rule.relative * np.abs(values))

    if metric == "kl_curve_gap":
        now = with_rows(numbers, metric, moved(numbers.sample.rows[metric]))
    else:
        now = with_values(numbers, metric, moved)
    found = judged(numbers, now)
    assert found[metric].severity is severity
    others = {each.severity for name, each in found.items() if name != metric}
    assert others <= {Severity.SAME}


def first(count: int, by: float) -> Callable[[Floats], Floats]:
    def change(values: Floats) -> Floats:
        values[:count] += by
        return values

    return change


def test_one_path_may_land_on_another_point_and_two_may_not() -> None:
    for count, severity in ((1, Severity.SAME), (2, Severity.DRIFT)):
        now = with_values(SENSITIVITY, "max_slope_step", first(count, 6.25))
        assert judged(SENSITIVITY, now)["max_slope_step"].severity is severity


def test_numbers_that_became_undefined_are_drift() -> None:
    now = with_values(SENSITIVITY, "step_sharpness", lambda values: values * np.nan)
    found = judged(SENSITIVITY, now)["step_sharpness"]
    assert found.severity is Severity.DRIFT
    assert "differs on 24 of 24 paths" in found.reason
    assert "none now" in found.reason


def test_other_paths_are_drift_of_the_whole_cell() -> None:
    fewer = dataclasses.replace(
        PLATEAU, sample=PLATEAU.sample.where(np.arange(len(PLATEAU.sample)) > 0)
    )
    found = judged(PLATEAU, fewer)
    assert found[None].severity is Severity.DRIFT
    assert "24 before, 23 now" in found[None].reason
    moved = dataclasses.replace(
        PLATEAU, sample=dataclasses.replace(PLATEAU.sample, documents=("other",) * 24)
    )
    assert "its prompts are of other documents" in judged(PLATEAU, moved)[None].reason


def test_the_verdict_names_every_version_that_was_not_raised() -> None:
    now = with_values(PLATEAU, "plateau_width", lambda values: values / 2)
    found = judged(PLATEAU, now)
    made_by = "generator real@1, experiment plateau@2, path scaled@1"
    assert f"no version of {made_by}, metric plateau_width@1 was raised" in (
        found["plateau_width"].reason
    )
    assert "raise that of what changed, undo it, or look at the sweep" in (
        found["plateau_width"].reason
    )
    # What no metric is to blame for.
    fewer = dataclasses.replace(
        PLATEAU, sample=PLATEAU.sample.where(np.arange(len(PLATEAU.sample)) > 0)
    )
    assert f"no version of {made_by} was raised" in judged(PLATEAU, fewer)[None].reason


def test_a_changed_source_with_the_same_numbers_is_no_drift() -> None:
    generator = PLATEAU.generator.model_copy(update={"source_digest": "z"})
    assert met(PLATEAU, dataclasses.replace(PLATEAU, generator=generator)) == {Severity.SAME}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"experiment": "plateau@9"}, "experiment plateau@2 is now plateau@9"),
        ({"path": "scaled@9"}, "path scaled@1 is now scaled@9"),
    ],
)
def test_a_declared_change_outdates_the_cell(change: dict[str, Any], reason: str) -> None:
    now = dataclasses.replace(with_values(PLATEAU, "plateau_width", lambda x: x / 2), **change)
    (verdict,) = judged(PLATEAU, now).values()
    assert (verdict.severity, verdict.reason) == (Severity.OUTDATED, reason)


def test_a_declared_change_of_a_metric_outdates_it_alone() -> None:
    now = with_values(PLATEAU, "plateau_width", lambda values: values / 2)
    raised = dataclasses.replace(now, metrics={**now.metrics, "plateau_width": "9"})
    found = judged(PLATEAU, raised)
    assert found["plateau_width"].severity is Severity.OUTDATED
    assert found["plateau_width"].reason == "version 1 is now 9"
    assert found["kl_curve_gap"].severity is Severity.SAME


def test_a_metric_that_only_one_side_has_is_said_to_be_so() -> None:
    without = {name: each for name, each in PLATEAU.metrics.items() if name != "plateau_width"}
    lacking = dataclasses.replace(PLATEAU, metrics=without)
    assert judged(PLATEAU, lacking)["plateau_width"].severity is Severity.OUTDATED
    assert judged(lacking, PLATEAU)["plateau_width"].severity is Severity.NEW


@pytest.fixture
def kept(tmp_path: Path) -> Snapshot:
    """The board with the distances of its cells."""
    baseline.write(BOARD, tmp_path / "kept.json")
    return baseline.read(tmp_path / "kept.json")


def compared(kept: Snapshot) -> dict[tuple[str | None, Severity], Verdict]:
    """What is said of a cell, path by path and of its distances."""
    found = drift((ROW, CellName("plateau", "scaled")), kept, BOARD)
    return {(each.metric, each.severity): each for each in found}


def test_kept_distances_are_found_again(kept: Snapshot) -> None:
    assert {severity for _, severity in compared(kept)} == {Severity.SAME}


def test_a_distance_computed_otherwise_is_drift_though_no_path_moved(
    kept: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsorted(first: Floats, second: Floats) -> float:
        return float(np.abs(first[: len(second)] - second).mean())

    monkeypatch.setattr(sample, "mean_wasserstein1", unsorted)
    verdicts = compared(kept)
    assert ("kl_curve_gap", Severity.SAME) in verdicts  # the curves
    reason = verdicts["kl_curve_gap", Severity.DRIFT].reason
    assert reason.startswith("the stored numbers are ")
    assert [each for each in verdicts if each[1] is Severity.DRIFT] == [
        ("kl_curve_gap", Severity.DRIFT)
    ]


def test_distances_of_single_numbers_are_held_too(
    kept: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "wasserstein1", lambda first, second: None)
    verdicts = compared(kept)
    assert "none now" in verdicts["plateau_width", Severity.DRIFT].reason
    assert ("kl_curve_gap", Severity.DRIFT) not in verdicts


def test_a_distance_that_was_not_kept_is_new(kept: Snapshot) -> None:
    without = {
        key: dataclasses.replace(numbers, distances={}) for key, numbers in kept.cells.items()
    }
    verdicts = compared(dataclasses.replace(kept, cells=without))
    found = [metric for metric, severity in verdicts if severity is Severity.NEW]
    assert sorted(found) == ["kl_curve_gap", "plateau_width"]


def test_a_second_metric_of_sets_is_held_by_its_own_rows() -> None:
    both = dataclasses.replace(PLATEAU, metrics={**PLATEAU.metrics, "another_gap": "1"})
    rows = np.arange(48.0).reshape(24, 2)
    stored = with_rows(both, "another_gap", rows)
    assert met(stored, stored) == {Severity.SAME}
    verdicts = judged(stored, with_rows(both, "another_gap", rows + 1))
    assert verdicts["another_gap"].severity is Severity.DRIFT
    assert "differs on 24 of 24 paths, mean 23.5 before, 24.5 now" in verdicts["another_gap"].reason
    assert verdicts["kl_curve_gap"].severity is Severity.SAME
    other = judged(stored, with_rows(both, "another_gap", rows[:, :1]))["another_gap"]
    assert other.severity is Severity.DRIFT
    assert other.reason.startswith(
        "has numbers of shape (24, 1), had (24, 2); no version of generator real@1"
    )
