from __future__ import annotations

import dataclasses
from collections.abc import Collection

import numpy as np
import pytest

from synact_bench.errors import RecordError
from synact_bench.experiments import CONTROLS, HOLDOUT, NATIVE, REAL, ZERO
from synact_bench.leaderboard.board import compared, scored
from synact_bench.leaderboard.comparable import arrange
from synact_bench.leaderboard.orders import Order, control_orders, control_places
from synact_bench.results.store import Cell
from synact_bench.scoring import (
    CellName,
    Comparison,
    Estimate,
    Overall,
    Realism,
    Resampling,
    Roles,
)
from tests.helpers import boards, cells

NOTHING = Comparison({}, Roles(REAL, ZERO))
NOBODY = Resampling.bootstrap([], rng=np.random.default_rng(0))
PLACES = {
    HOLDOUT: 1.0,
    "sae-reconstruction": 0.8,
    "gaussian": 0.0,
    "shuffled-coordinates": -0.2,
    "permuted-decoder": -0.3,
    "mean": -0.5,
    "isotropic": -2.0,
}
"""Overall realism of controls in their order."""


def overalls(spread: float = 0.01, **changed: float) -> dict[str, Overall]:
    rng = np.random.default_rng(0)
    places = PLACES | {name.replace("_", "-"): value for name, value in changed.items()}
    return {
        name: Overall(Realism(Estimate(value, value + spread * rng.standard_normal(200))), {}, {})
        for name, value in places.items()
    }


def verdicts(realism: dict[str, Overall]) -> dict[tuple[str, str], str]:
    orders = control_orders(realism, {}, NOTHING, NOBODY)
    return {(each.above, each.below): each.verdict for each in orders}


@pytest.mark.parametrize(
    ("value", "replicates", "verdict"),
    [
        (1.0, [0.5, 1.0, 1.5], "kept"),
        (-1.0, [-0.5, -1.0, -1.5], "broken"),
        (0.1, [-0.5, 0.1, 0.7], "cannot be told"),
        (-0.1, [-0.7, -0.1, 0.5], "cannot be told"),
        (1.0, [], "cannot be told"),
        (0.0, [0.0, 0.0], "cannot be told"),
    ],
)
def test_verdict(value: float, replicates: list[float], verdict: str) -> None:
    difference = Estimate(value, np.array(replicates))
    assert Order("a", "b", "overall", difference).verdict == verdict


def test_controls_in_their_order_are_kept() -> None:
    found = verdicts(overalls())
    declared = {
        (each.name, below)
        for each in CONTROLS.values()
        for below in each.above
        if each.by == "overall"
    }
    assert set(found) == declared
    assert set(found.values()) == {"kept"}


def by_metric(name: str, **values: Estimate | None) -> dict[str, Overall]:
    parts = {
        metric: Realism(None, "why") if each is None else Realism(each)
        for metric, each in values.items()
    }
    return {name: Overall(Realism(None, "why"), parts, {})}


def spread_about(value: float) -> Estimate:
    return Estimate(value, value + np.linspace(-1, 1, 2001))


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        (HOLDOUT, 1.0, "kept"),
        (HOLDOUT, 0.04, "kept"),  # within the middle 97.5 % of either metric's, not within 95 %
        (HOLDOUT, 0.02, "missed"),
        (HOLDOUT, 1.98, "missed"),
        ("gaussian", 0.0, "kept"),
        ("gaussian", -0.98, "missed"),
    ],
)
def test_a_place_is_held_by_all_metrics_together(name: str, value: float, verdict: str) -> None:
    realism = by_metric(name, one=spread_about(value), other=spread_about(CONTROLS[name].at))
    first, second = control_places(realism)
    assert (first.control, first.metric, first.expected) == (name, "one", CONTROLS[name].at)
    assert first.interval == pytest.approx((value - 0.975, value + 0.975), abs=1e-3)
    assert (first.verdict, second.verdict) == (verdict, "kept")


def test_a_place_without_an_interval_cannot_be_told_and_without_realism_is_none() -> None:
    (place,) = control_places(by_metric(HOLDOUT, one=Estimate(1.0), other=None))
    assert (place.metric, place.interval, place.verdict) == ("one", None, "cannot be told")
    assert control_places(by_metric("mean", one=Estimate(1.0))) == ()
    assert control_places({}) == ()


def test_real_stands_at_one_and_the_gaussian_at_zero() -> None:
    places = {each.name: each.at for each in CONTROLS.values() if each.at is not None}
    assert places == {HOLDOUT: 1.0, "gaussian": 0.0}


def test_every_declared_order_is_between_controls() -> None:
    for control in CONTROLS.values():
        assert set(control.above) <= set(CONTROLS) - {control.name}
    assert CONTROLS[HOLDOUT].above == ("sae-reconstruction", "gaussian")


def test_what_lies_within_the_noise_cannot_be_told() -> None:
    found = verdicts(overalls(spread=0.5, mean=-0.05))
    assert found["gaussian", "mean"] == "cannot be told"
    assert found["gaussian", "isotropic"] == "kept"


def test_controls_out_of_order_are_refused_and_all_named() -> None:
    with pytest.raises(RecordError) as caught:
        verdicts(overalls(gaussian=1.5, isotropic=-0.1))
    start, broken = caught.value.what.split(": ")
    assert start == "controls are out of order"
    assert set(broken.split("; ")) == {
        "gaussian is above real-holdout by overall",
        "gaussian is above sae-reconstruction by overall",
        "isotropic is above shuffled-coordinates by overall",
        "isotropic is above permuted-decoder by overall",
        "isotropic is above mean by overall",
    }


def test_a_control_that_is_missing_or_has_no_overall_has_no_order() -> None:
    realism = overalls()
    del realism["mean"]
    realism["isotropic"] = Overall(Realism(None, "not measured"), {}, {})
    found = verdicts(realism)
    assert {name for pair in found for name in pair} == set(PLACES) - {"mean", "isotropic"}


def plateau(native: float, monkeypatch: pytest.MonkeyPatch, *, dropped: int = 0) -> list[Cell]:
    """Cells of the rows that the order of plateau widths is about."""
    monkeypatch.setitem(cells.CENTRES, NATIVE, native)
    given = cells.whole_board([*cells.FEW, HOLDOUT], experiments=["plateau"])
    return given + cells.whole_board([NATIVE], experiments=["plateau"], dropped=dropped)


def widths(given: list[Cell], *, not_applicable: Collection[str] = ()) -> Order | None:
    """The order, with the width made not applicable on some paths."""
    comparison = compared(scored(arrange(given)))
    rng = np.random.default_rng(0)
    resampling = Resampling.bootstrap(comparison.documents, rng=rng, replicates=200)
    scores = comparison.scores(resampling, rows=[NATIVE, HOLDOUT])
    for path in not_applicable:
        for cells_of_row in scores.values():
            mine = cells_of_row[CellName("plateau", path)]
            none = Realism(None, "why", applicable=False)
            mine["plateau_width"] = dataclasses.replace(mine["plateau_width"], realism=none)
    orders = control_orders({}, scores, comparison, resampling)
    return orders[0] if orders else None


@pytest.mark.parametrize(("native", "verdict"), [(0.6, "kept"), (0.5, "cannot be told")])
def test_plateaus_are_widest_where_nothing_is_transplanted(
    native: float, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = plateau(native, monkeypatch)
    order = widths(given)
    assert order is not None
    assert (order.above, order.below, order.by) == (NATIVE, HOLDOUT, "plateau_width")
    assert order.verdict == verdict
    values = {
        (cell.record.identity.generator.name, cell.record.identity.path): cell.sample.values[
            "plateau_width"
        ].values.mean()
        for cell in given
    }
    paths = sorted({path for _, path in values})
    expected = np.mean([values[NATIVE, path] - values[HOLDOUT, path] for path in paths])
    assert order.difference.value == pytest.approx(expected)
    assert len(order.difference.replicates) == 200


def test_native_plateaus_that_are_narrower_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    given = plateau(0.4, monkeypatch)
    with pytest.raises(RecordError, match="real-holdout is above real-native by plateau_width"):
        widths(given)


def test_widths_are_not_compared_where_they_are_not_applicable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = plateau(0.6, monkeypatch)
    order = widths(given, not_applicable=["absolute"])
    assert order is not None
    native, holdout = (
        cells.cell(name, "plateau", "scaled").sample.values["plateau_width"].values.mean()
        for name in (NATIVE, HOLDOUT)
    )
    assert order.difference.value == pytest.approx(native - holdout)


def test_no_board_is_refused_by_widths_that_are_not_applicable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = plateau(0.4, monkeypatch)
    assert widths(given, not_applicable=["absolute", "scaled"]) is None


def test_widths_are_compared_on_the_bases_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    given = plateau(0.6, monkeypatch, dropped=5)
    order = widths(given)
    assert order is not None
    means = []
    for path in ("absolute", "scaled"):
        native, holdout = (
            cells.cell(name, "plateau", path, dropped=5 * (name == NATIVE)).sample.values
            for name in (NATIVE, HOLDOUT)
        )
        both = holdout["plateau_width"].values[: cells.BASES - 5]
        means.append((native["plateau_width"].values - both).mean())
    assert order.difference.value == pytest.approx(np.mean(means))


def test_rows_without_a_common_base_have_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert widths(plateau(0.6, monkeypatch, dropped=cells.BASES)) is None


def test_a_board_whose_controls_are_out_of_order_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(cells.CENTRES, "isotropic", 0.55)
    given = cells.whole_board([*cells.FEW, "isotropic"])
    with pytest.raises(RecordError, match="isotropic is above gaussian by overall"):
        boards.built(given)
