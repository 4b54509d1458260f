from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from synact_bench import metrics
from synact_bench.core.curves import Curves
from synact_bench.core.experiments import EXPERIMENTS
from synact_bench.metrics import METRICS, Metric, PathMetric, SetMetric, events_of, metrics_for
from synact_bench.metrics.base import MetricSettings, PathValues
from tests.helpers.curve_shapes import SETTINGS, curves_of, grid

PATH_METRICS = [each for each in METRICS.values() if isinstance(each, PathMetric)]
L2_METRICS = [each for each in PATH_METRICS if each.curve == "l2"]

identity = pytest.mark.parametrize("metric", PATH_METRICS, ids=lambda each: each.name)


def run(metric: PathMetric, curves: Curves) -> PathValues:
    return metric.compute(curves, SETTINGS)


@identity
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_curves_that_are_not_finite_are_refused(metric: PathMetric, bad: float) -> None:
    row = grid(9)
    row[4] = bad
    with pytest.raises(ValueError, match="not finite on 1 of 2 paths"):
        run(metric, curves_of(grid(9), row, kl=metric.curve == "kl"))


@identity
@pytest.mark.parametrize(
    "fractions", [[0.1, 0.5, 1.0], [0.0, 0.5, 0.9], [0.0, 0.0, 1.0], [0.0, np.nan, 1.0]]
)
def test_fractions_that_do_not_rise_from_0_to_1_are_refused(metric: PathMetric, fractions) -> None:
    with pytest.raises(ValueError, match="rise from 0 to 1"):
        run(metric, curves_of(np.zeros(3), fractions=np.array(fractions)))


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda each: each.name)
def test_a_metric_reads_the_curve_that_it_declares_and_no_other(metric: Metric) -> None:
    rows = np.abs(np.random.default_rng(2).normal(size=(4, 33))).cumsum(axis=1).astype(np.float32)
    rows[:, 0] = 0
    unknown = np.full_like(rows, np.nan)
    fractions = grid(33)
    kl, l2 = Curves(fractions, unknown, rows), Curves(fractions, rows, unknown)
    declared, other = (kl, l2) if metric.curve == "kl" else (l2, kl)
    compute = metric.compute if isinstance(metric, PathMetric) else metric.ingredient
    compute(declared, SETTINGS)
    with pytest.raises(ValueError, match="not finite"):
        compute(other, SETTINGS)


@pytest.mark.parametrize("metric", L2_METRICS, ids=lambda each: each.name)
def test_negative_distances_are_refused(metric: PathMetric) -> None:
    with pytest.raises(ValueError, match="negative distances"):
        run(metric, curves_of(-grid(5)))


def test_divergences_below_rounding_are_refused() -> None:
    kl_metric = METRICS["kl_max_slope_step"]
    assert isinstance(kl_metric, PathMetric)
    with pytest.raises(ValueError, match="negative divergences, down to -1"):
        run(kl_metric, curves_of(-grid(5), kl=True))


@identity
def test_no_paths_give_no_values(metric: PathMetric) -> None:
    none = np.zeros((0, 5), dtype=np.float32)
    answer = run(metric, Curves(grid(5), none, none))
    assert answer.values.shape == answer.censored.shape == (0,)


@identity
def test_values_are_float64_and_rows_are_independent(metric: PathMetric) -> None:
    rows = np.abs(np.random.default_rng(1).normal(size=(6, 33))).cumsum(axis=1) * 3
    together = run(metric, Curves(grid(33), rows.astype(np.float32), rows.astype(np.float32)))
    assert together.values.dtype == np.float64
    one = rows[3:4].astype(np.float32)
    np.testing.assert_allclose(run(metric, Curves(grid(33), one, one)).values, together.values[3])


PUBLISHED = {
    "headline": ["plateau_width", "step_sharpness", "max_slope_step", "kl_curve_gap"],
    "secondary": ["kl_max_slope_step", "auc_step", "nonlinearity_step", "rise_width"],
    "paper": ["ap_step"],
}


def test_the_published_metrics_come_first_and_in_their_order() -> None:
    published = [name for names in PUBLISHED.values() for name in names]
    assert [*METRICS][: len(published)] == published
    for status, names in PUBLISHED.items():
        assert {METRICS[name].status for name in names} == {status}
    assert isinstance(METRICS["kl_curve_gap"], SetMetric)
    for name, each in METRICS.items():
        assert each.name == name
        assert each.identity == f"{name}@{each.version}"


def document() -> str:
    return (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")


def test_the_document_has_a_section_for_every_metric_and_no_other() -> None:
    section = document().split("### Conventions")[1].split("## Scores")[0]
    assert set(re.findall(r"^### (\w+)$", section, re.MULTILINE)) == set(METRICS)


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda each: each.name)
def test_the_table_of_the_document_says_what_the_metric_declares(metric: metrics.Metric) -> None:
    where = "both" if metric.experiments == {*EXPERIMENTS} else ", ".join(metric.experiments)
    if metric.paths is not None:
        where += f", {', '.join(metric.paths)} path"
    status = "paper-only" if metric.status == "paper" else metric.status
    assert metric.direction is not None
    cells = (metric.name, where, status, metric.unit, metric.bounds, metric.direction.higher)
    assert f"| {' | '.join(cells)} |" in document().splitlines()


def test_metrics_apply_to_their_experiments_and_paths() -> None:
    of_plateau = ["plateau_width", "kl_curve_gap", "ap_step"]
    assert [*metrics_for("plateau", "scaled")][:2] == of_plateau[:2]
    assert [*metrics_for("plateau", "absolute")][:3] == of_plateau
    sensitivity = metrics_for("sensitivity", "relative")
    assert not {"plateau_width", "ap_step"} & set(sensitivity)
    assert {*PUBLISHED["secondary"], "step_sharpness"} <= set(sensitivity)
    assert metrics_for("other", "relative") == {}


def test_points_are_chosen_for_the_events_of_every_metric_of_a_cell() -> None:
    for path in ("relative", "matched"):
        assert events_of("sensitivity", path) == ("steepest interval",)
    for path in ("scaled", "absolute"):
        assert events_of("plateau", path) == ("crossing of tau",)
    assert events_of("other", "relative") == ()


def declared(monkeypatch: pytest.MonkeyPatch, metric: metrics.Metric) -> None:
    monkeypatch.setattr(metrics, "METRICS", {**METRICS, metric.name: metric})


@pytest.mark.parametrize("status", ["secondary", "paper"])
def test_an_event_counts_whatever_the_status_and_only_where_the_metric_is_defined(
    monkeypatch: pytest.MonkeyPatch, status
) -> None:
    steepest = METRICS["step_sharpness"]
    assert isinstance(steepest, PathMetric)
    declared(
        monkeypatch,
        dataclasses.replace(
            steepest,
            name="new",
            status=status,
            experiments=frozenset({"plateau"}),
            paths=frozenset({"scaled"}),
        ),
    )
    # Sorted, so that it does not depend on the order of METRICS.
    assert events_of("plateau", "scaled") == ("crossing of tau", "steepest interval")
    assert events_of("plateau", "absolute") == ("crossing of tau",)
    assert events_of("sensitivity", "relative") == ("steepest interval",)


def test_a_metric_without_an_event_or_of_sets_asks_for_no_point(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everywhere = frozenset(EXPERIMENTS)
    for name in ("rise_width", "kl_curve_gap"):
        changed = dataclasses.replace(METRICS[name], name="new", experiments=everywhere)
        declared(monkeypatch, changed)
        assert "new" in metrics_for("plateau", "scaled")
        assert events_of("plateau", "scaled") == ("crossing of tau",)


def test_a_metric_that_tells_of_presence_puts_a_straight_line_below_it() -> None:
    telling = [each for each in PATH_METRICS if each.presence is not None]
    assert [each.name for each in telling] == ["step_sharpness"]
    for metric in telling:
        assert metric.event is not None
        straight = run(metric, curves_of(20 * grid(33)))
        assert straight.values[0] < metric.presence


@pytest.mark.parametrize(
    ("values", "censored", "message"),
    [
        ([1.0, 2.0], [False], "must be"),
        ([[1.0]], [[False]], "must be"),
        ([np.nan], [False], "NaN and censored"),
        ([np.inf], [True], "NaN and censored"),
    ],
)
def test_path_values_refuse_what_they_cannot_mean(values, censored, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PathValues(np.array(values), np.array(censored))


def test_defined_values_leave_out_the_undefined() -> None:
    values = PathValues(np.array([1.0, np.nan, 100.0]), np.array([False, True, True]))
    assert len(values) == 3
    assert values.defined.tolist() == [1.0, 100.0]


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_settings_must_be_above_zero(bad: float) -> None:
    with pytest.raises(ValueError, match="tau"):
        MetricSettings(tau=bad, absolute_length=50.0)
    with pytest.raises(ValueError, match="absolute_length"):
        MetricSettings(tau=1.0, absolute_length=bad)
