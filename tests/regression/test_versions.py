from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from synact_bench.core.experiments import REAL
from synact_bench.metrics.base import Floats
from synact_bench.regression.snapshot import CellNumbers
from synact_bench.regression.verdict import Severity, Verdict
from synact_bench.regression.versions import NumbersPair, versions
from synact_bench.scoring import CellName
from tests.helpers.snapshots import another_version, snapshot, with_values

ROW = "synthetic-structured"
STORED = snapshot(*REAL, ROW)
OWN = {cell: numbers for (row, cell), numbers in STORED.cells.items() if row == ROW}


def judged(change: Callable[[CellNumbers], CellNumbers]) -> dict[str | None, Verdict]:
    pairs: Mapping[CellName, NumbersPair] = {
        cell: (numbers, another_version(change(numbers))) for cell, numbers in OWN.items()
    }
    return {each.metric: each for each in versions(ROW, pairs, STORED)}


def moved(metric: str, change: Callable[[Floats], Floats]) -> Callable[[CellNumbers], CellNumbers]:
    def apply(numbers: CellNumbers) -> CellNumbers:
        return with_values(numbers, metric, change) if metric in numbers.metrics else numbers

    return apply


def test_what_is_farther_from_real_is_a_regression_in_its_metric_alone() -> None:
    found = judged(moved("plateau_width", lambda values: values + 0.3))
    worse = found["plateau_width"]
    assert worse.severity is Severity.REGRESSION
    assert worse.before < worse.after
    assert worse.pvalue < 0.05
    assert "version 1 is now version 2: significantly worse" in worse.reason
    assert {each.severity for name, each in found.items() if name != "plateau_width"} == {
        Severity.OUTDATED
    }


def test_what_is_nearer_to_real_is_an_improvement() -> None:
    real = {cell: STORED.cells["real", cell].sample for cell in OWN}

    def nearer(numbers: CellNumbers) -> CellNumbers:
        sample = dataclasses.replace(numbers.sample, values=real[numbers.key[1]].values)
        return dataclasses.replace(numbers, sample=sample)

    found = judged(nearer)
    assert found["max_slope_step"].severity is Severity.IMPROVEMENT
    assert Severity.REGRESSION not in {each.severity for each in found.values()}


def test_versions_that_cannot_be_told_apart_leave_the_baseline_outdated() -> None:
    found = judged(lambda numbers: numbers)
    assert set(found) == {"plateau_width", "step_sharpness", "max_slope_step", "kl_curve_gap"}
    assert {each.severity for each in found.values()} == {Severity.OUTDATED}
    assert {each.pvalue for each in found.values()} == {1.0}


def test_one_metric_among_four_must_be_four_times_as_sure() -> None:
    few = snapshot(*REAL, ROW, bases=8, documents=8)
    own = {cell: numbers for (row, cell), numbers in few.cells.items() if row == ROW}
    worse = moved("plateau_width", lambda values: values + 0.3)
    pairs = {cell: (each, another_version(worse(each))) for cell, each in own.items()}
    found = {each.metric: each for each in versions(ROW, pairs, few)}
    assert found["plateau_width"].pvalue == pytest.approx(4 * 2 / 256)
    assert found["plateau_width"].severity is Severity.REGRESSION


def test_changed_parameters_are_another_version() -> None:
    generator = OWN[CellName("plateau", "scaled")].generator
    changed = generator.model_copy(update={"parameters": {"k": 3}})
    pairs = {
        cell: (each, dataclasses.replace(each, generator=changed)) for cell, each in OWN.items()
    }
    assert "version 1 is now version 1 (k=3)" in versions(ROW, pairs, STORED)[0].reason


@pytest.mark.parametrize("change", [{"experiment": "plateau@9"}, {"path": "scaled@9"}])
def test_cells_of_another_experiment_or_path_are_not_compared(change: dict[str, Any]) -> None:
    cell = CellName("plateau", "scaled")
    after = dataclasses.replace(another_version(OWN[cell]), **change)
    (verdict,) = versions(ROW, {cell: (OWN[cell], after)}, STORED)
    assert verdict.severity is Severity.OUTDATED
    assert "no cell of both can be compared with real" in verdict.reason


def test_without_real_activations_nothing_is_compared() -> None:
    cell = CellName("plateau", "scaled")
    alone = snapshot(ROW)
    (verdict,) = versions(ROW, {cell: (OWN[cell], another_version(OWN[cell]))}, alone)
    assert verdict.severity is Severity.OUTDATED
