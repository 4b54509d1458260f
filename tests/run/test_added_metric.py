"""A new metric is derived from stored curves; only a new event runs points, and only new ones."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from synact_bench import metrics
from synact_bench.core.curves import Curves
from synact_bench.metrics import METRICS, Event, Metric, MetricSettings, PathMetric, PathValues
from synact_bench.metrics.base import Floats, SetMetric, l2_curves
from synact_bench.results.store import Cell
from synact_bench.run import plan, runner
from synact_bench.run.plan import CellPlan
from synact_bench.run.request import Request
from synact_bench.testbeds.spec import Testbed
from tests.helpers.asked import Asked
from tests.helpers.progress import Watched
from tests.helpers.requests import requested

ROWS = ("real", "mean")
"""Rows that are measured further: all would take longer and show no more."""


def ends(curves: Curves, _settings: MetricSettings) -> Floats:
    return l2_curves(curves)[:, -2:]


def height(curves: Curves, settings: MetricSettings) -> PathValues:
    last = ends(curves, settings)[:, 1]
    return PathValues(last, np.zeros(len(last), np.bool_))


def new_metric(event: Event | None = None, experiment: str = "sensitivity") -> PathMetric:
    """A secondary metric of one experiment: l2 at the end of the path."""
    return PathMetric(
        name="height",
        version="1",
        unit="activation units",
        status="secondary",
        experiments=frozenset({experiment}),
        definition="l2 at the end of the path",
        compute=height,
        event=event,
    )


NEW_SET = SetMetric(
    name="ends",
    version="1",
    unit="activation units",
    status="headline",
    experiments=frozenset({"sensitivity", "plateau"}),
    definition="Wasserstein-1 distance of l2 at the last two points, mean over both",
    ingredient=ends,
)


def declare(monkeypatch: pytest.MonkeyPatch, *new: Metric) -> None:
    monkeypatch.setattr(metrics, "METRICS", {**METRICS, **{each.name: each for each in new}})


def asked_for(runs: Path) -> Request:
    return requested(testbed="tiny", preset="smoke", runs=runs)


def missing(request: Request) -> list[CellPlan]:
    return plan.missing(request.plans, request.store)


def never_opened() -> NoReturn:
    raise AssertionError("the model was opened")


def cells_of(request: Request) -> dict[str, Cell]:
    """Stored cells by label."""
    return {each.label: request.store.cell(each.identity) for each in request.plans}


@pytest.mark.parametrize(
    "new",
    [new_metric(), new_metric("steepest interval"), NEW_SET],
    ids=["without an event", "with an event that is sought", "of sets"],
)
def test_adding_a_metric_measures_nothing(
    full_run: Path, tiny_catalog: Testbed, monkeypatch: pytest.MonkeyPatch, new: Metric
) -> None:
    before = asked_for(full_run)
    files = {path.name: path.read_bytes() for path in before.folder.iterdir()}
    declare(monkeypatch, new)
    request = asked_for(full_run)
    assert [each.identity for each in request.plans] == [each.identity for each in before.plans]
    assert missing(request) == []
    runner.run(missing(request), request.store, never_opened, Watched())
    assert {path.name: path.read_bytes() for path in before.folder.iterdir()} == files
    for label, cell in cells_of(request).items():
        assert (new.name in cell.sample.metrics) is (cell.name.experiment in new.experiments), label
        if new.name in cell.sample.metrics:
            last = cell.table.curves.l2[:, -1]
            np.testing.assert_array_equal(cell.sample.numbers(new)[:, -1], last.astype(np.float64))


def test_a_metric_of_a_new_version_measures_nothing_and_gives_new_numbers(
    full_run: Path, tiny_catalog: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, new_metric())
    first = cells_of(asked_for(full_run))["real sensitivity relative"].sample.values["height"]

    def doubled(curves: Curves, settings: MetricSettings) -> PathValues:
        values = height(curves, settings)
        return PathValues(2 * values.values, values.censored)

    fields = {**vars(new_metric()), "version": "2", "compute": doubled}
    declare(monkeypatch, PathMetric(**fields))
    request = asked_for(full_run)
    assert missing(request) == []
    second = cells_of(request)["real sensitivity relative"].sample.values["height"]
    np.testing.assert_array_equal(second.values, 2 * first.values)


def test_a_new_event_runs_the_points_that_it_lacks_and_no_other(
    full_run: Path, opened_once: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cells_of(asked_for(full_run))
    declare(monkeypatch, new_metric("steepest interval", "plateau"))
    request = asked_for(full_run)
    wanted = missing(request)
    concerned = [each.label for each in request.plans if each.experiment.name == "plateau"]
    assert [each.label for each in wanted] == concerned
    chosen = [each for each in wanted if each.entry.name in ROWS]
    asked = Asked.watching(monkeypatch)
    runner.run(chosen, request.store, request.session, Watched())
    added = 0
    for each in chosen:
        old, new = before[each.label], request.store.cell(each.identity)
        was_run, is_run = old.table.curves.run, new.table.curves.run
        assert (was_run <= is_run).all()
        for name in ("l2", "kl"):
            was, now = (getattr(cell.table.curves, name)[was_run] for cell in (old, new))
            np.testing.assert_array_equal(now, was)
        assert old.record.events == ("crossing of tau",)
        assert new.record.events == ("crossing of tau", "steepest interval")
        assert new.record.points_run == is_run.sum()
        assert new.record.id == old.record.id
        added += int((is_run & ~was_run).sum())
    assert asked.points == added > 0
    assert asked.again == 0
    left = [each.label for each in wanted if each.entry.name not in ROWS]
    assert [each.label for each in missing(request)] == left


def test_an_event_that_goes_leaves_what_was_run(
    full_run: Path, tiny_catalog: Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {name: each for name, each in METRICS.items() if name != "plateau_width"}
    monkeypatch.setattr(metrics, "METRICS", kept)
    request = asked_for(full_run)
    assert missing(request) == []
    assert "plateau_width" not in cells_of(request)["real plateau scaled"].sample.metrics


def test_where_every_point_was_run_no_event_is_new(
    opened_once: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = requested(testbed="tiny", preset="smoke", runs=tmp_path, dense=True)
    chosen = [each for each in request.plans if each.label == "real sensitivity relative"]
    runner.run(chosen, request.store, request.session, Watched())
    declare(monkeypatch, new_metric("crossing of tau"))
    assert plan.missing(chosen, request.store) == []
    cell = request.store.cell(chosen[0].identity)
    assert cell.record.events == ()
    assert "height" in cell.sample.metrics
