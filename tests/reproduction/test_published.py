from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from synact_bench.generators import BUILTINS
from synact_bench.metrics import PathValues, metrics_for
from synact_bench.reproduction.published import Published, compare, orders, published
from synact_bench.reproduction.request import PAPER, PAPER_EXPERIMENTS
from synact_bench.reproduction.verdict import Replication
from synact_bench.results.store import Cell
from synact_bench.scoring import CellName
from synact_bench.testbeds import spec
from tests.helpers import cells

RELATIVE = CellName("sensitivity", "relative")
REAL = [10.0, 20.0, 30.0, 40.0]


def registered(figures: Mapping[str, Any], **changes: Any) -> Published:
    column = {
        "name": "MS",
        "experiment": "sensitivity",
        "path": "relative",
        "metric": "max_slope_step",
        "figures": figures,
    }
    facts = {
        "source": "a paper",
        "testbed": "toy",
        "bases": 4,
        "points": 17,
        "without_event": 100,
        "tolerance": {"mean": 1.5, "ks": 0.05},
        "columns": [column | changes],
    }
    return Published.model_validate(facts)


def row(name: str, values: list[float]) -> Cell:
    """A cell whose max-slope steps are given."""
    made = cells.cell(name, bases=len(values))
    steps = np.array(values)
    own = {**made.sample.values, "max_slope_step": PathValues(steps, np.isnan(steps))}
    vars(made)["sample"] = dataclasses.replace(made.sample, values=own)
    return made


def stored(**rows: list[float]) -> dict[CellName, dict[str, Cell]]:
    return {RELATIVE: {name: row(name, values) for name, values in rows.items()}}


def verdict(figure: dict[str, float], values: list[float]) -> Replication | None:
    (found,) = compare(stored(real=REAL, mine=values), registered({"mine": figure}))
    return found.verdict


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ({"mean": 25.0}, Replication.REPLICATES),
        ({"mean": 26.5}, Replication.REPLICATES),
        ({"mean": 23.4}, Replication.DIFFERS),
        ({"mean": 25.0, "ks": 0.05}, Replication.REPLICATES),
        ({"mean": 25.0, "ks": 0.06}, Replication.DIFFERS),
        ({"mean": 25.0, "sd": 99.0}, Replication.REPLICATES),
    ],
)
def test_mean_and_ks_must_be_within_the_tolerance(figure, expected) -> None:
    assert verdict(figure, REAL) is expected


def test_ks_is_measured_from_our_own_real_row() -> None:
    (found,) = compare(
        stored(real=REAL, mine=[10.0, 20.0, 60.0, 70.0]), registered({"mine": {"mean": 40.0}})
    )
    assert found.ours is not None
    assert (found.ours.n, found.ours.mean, found.ours.ks) == (4, 40.0, 0.5)
    assert found.ours.sd == pytest.approx(np.std([10, 20, 60, 70], ddof=1))
    assert found.verdict is Replication.REPLICATES


def test_what_is_not_there_is_not_measured() -> None:
    held = registered({"mine": {"mean": 25.0}, "other": {"mean": 1.0}})
    first, second = compare(stored(real=REAL, mine=REAL), held)
    assert (first.verdict, second.verdict) == (Replication.REPLICATES, Replication.NOT_MEASURED)
    assert second.ours is None
    (alone,) = compare(stored(mine=REAL), registered({"mine": {"mean": 25.0, "ks": 0.1}}))
    assert alone.verdict is Replication.NOT_MEASURED


def test_paths_without_a_step_count_as_they_do_in_the_published_means() -> None:
    values = [10.0, 30.0, np.nan, np.nan]
    (found,) = compare(stored(real=REAL, mine=values), registered({"mine": {"mean": 60.0}}))
    assert found.ours is not None
    assert (found.ours.mean, found.ours.censored, found.ours.ks) == (60.0, 0.5, 0.5)
    assert found.verdict is Replication.REPLICATES


@pytest.mark.parametrize(("whole", "mean"), [(None, 25.5), ("floor", 25.0), ("ceil", 26.0)])
def test_positions_between_points_become_the_whole_steps_that_the_paper_counts(whole, mean) -> None:
    steps = [each + 0.5 for each in REAL]
    (found,) = compare(
        stored(real=REAL, mine=steps), registered({"mine": {"mean": 25.0}}, whole=whole)
    )
    assert found.ours is not None
    assert found.ours.mean == mean
    # Real steps are counted the same way: whole ones stay what they are.
    assert found.ours.ks == (0.0 if whole == "floor" else 0.25)


def test_figures_may_be_shown_without_being_held() -> None:
    (found,) = compare(
        stored(real=REAL, mine=REAL), registered({"mine": {"mean": 99.0}}, held=False)
    )
    assert found.verdict is None


@pytest.mark.parametrize(
    ("mine", "other", "expected"),
    [
        ([26.0] * 4, [27.0] * 4, Replication.REPLICATES),
        ([27.0] * 4, [26.0] * 4, Replication.DIFFERS),
        ([26.0] * 4, [26.0] * 4, Replication.DIFFERS),
        ([26.0] * 4, None, Replication.NOT_MEASURED),
    ],
)
def test_an_order_must_be_the_same(mine, other, expected) -> None:
    rows = {"real": REAL, "mine": mine} | ({"other": other} if other else {})
    figures = {name: {"mean": 1.0} for name in ("real", "mine", "other")}
    (found,) = orders(stored(**rows), registered(figures, order=["real", "mine", "other"]))
    assert found.verdict is expected


def test_a_misspelt_fact_is_refused() -> None:
    with pytest.raises(ValidationError, match="meen"):
        registered({"mine": {"meen": 1.0}})


def test_the_registered_numbers_are_of_what_we_can_measure() -> None:
    held = published()
    assert held.testbed in spec.catalog()
    assert held.bases == PAPER.bases
    assert set(held.rows) == {"real"} | (set(held.rows) & BUILTINS.keys())
    for column in held.columns:
        assert column.path in PAPER_EXPERIMENTS[column.experiment].paths
        assert column.metric in metrics_for(*column.cell)
        assert set(column.order) <= column.figures.keys()


def test_the_registered_orders_are_those_of_the_registered_means() -> None:
    for column in published().columns:
        means = [column.figures[row].mean for row in column.order]
        assert means == sorted(means)
    assert [column.name for column in published().columns if column.order] == [
        "MS absolute",
        "MS relative",
        "AP",
    ]


def test_the_tolerance_was_registered() -> None:
    assert (published().tolerance.mean, published().tolerance.ks) == (1.5, 0.05)
