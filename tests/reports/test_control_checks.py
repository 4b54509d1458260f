from __future__ import annotations

import numpy as np
import pytest

from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import CONTROLS, HOLDOUT, NATIVE, REAL, WRONG_PROMPT
from synact_bench.reports.board import build, compared, scored
from synact_bench.reports.comparable import arrange
from synact_bench.reports.control_checks import (
    HEAVY,
    Order,
    control_orders,
    control_places,
    massive,
)
from synact_bench.reports.scored_cells import ScoredCells
from synact_bench.results.store import Cell
from synact_bench.scoring import Comparison, Estimate, Resampling
from synact_bench.scoring.curve_scores import CurveScore
from tests.helpers import boards, cells
from tests.helpers.scores import score, spread_about

NOTHING = Comparison({}, REAL)
NOBODY = Resampling.bootstrap([], rng=np.random.default_rng(0))
PLACES = {
    HOLDOUT: 1.0,
    "sae-reconstruction": 0.8,
    WRONG_PROMPT: 0.5,
    "gaussian": 0.0,
    "shuffled-coordinates": -0.2,
    "permuted-decoder": -0.3,
    "mean": -0.5,
    "isotropic": -2.0,
}
"""Overall realism of controls in their order."""


def scores(spread: float = 0.01, **changed: float) -> dict[str, CurveScore]:
    rng = np.random.default_rng(0)
    places = PLACES | {name.replace("_", "-"): value for name, value in changed.items()}
    return {
        name: score(Estimate(value, value + spread * rng.standard_normal(200)))
        for name, value in places.items()
    }


def verdicts(found: dict[str, CurveScore], *, outliers: bool = False) -> dict[tuple[str, str], str]:
    orders = control_orders(found, NOTHING, NOBODY, outliers=outliers)
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


def test_what_is_not_demanded_is_never_broken() -> None:
    below = Estimate(-1.0, np.array([-0.5, -1.0, -1.5]))
    assert Order("a", "b", "overall", below, demanded=False).verdict == "not kept"
    above = Estimate(1.0, np.array([0.5, 1.0, 1.5]))
    assert Order("a", "b", "overall", above, demanded=False).verdict == "kept"


def test_reconstructions_of_a_poor_dictionary_may_be_below_the_gaussian() -> None:
    turned = verdicts(scores(sae_reconstruction=-0.5, permuted_decoder=-0.7))
    assert turned.pop(("sae-reconstruction", "gaussian")) == "not kept"
    assert set(turned.values()) == {"kept"}
    with pytest.raises(RecordError, match="permuted-decoder is above sae-reconstruction"):
        verdicts(scores(sae_reconstruction=-0.5, permuted_decoder=0.1))


def test_controls_in_their_order_are_kept() -> None:
    found = verdicts(scores())
    declared = {
        (each.name, below)
        for each in CONTROLS.values()
        for below in each.above + each.above_without_outliers + each.above_if_good
        if each.by == "overall"
    }
    assert set(found) == declared
    assert set(found.values()) == {"kept"}


def test_the_gaussian_may_be_below_shuffled_coordinates_where_activations_are_massive() -> None:
    turned = scores(shuffled_coordinates=0.4)
    with pytest.raises(RecordError, match="shuffled-coordinates is above gaussian"):
        verdicts(turned)
    found = verdicts(turned, outliers=True)
    assert ("gaussian", "shuffled-coordinates") not in found
    assert set(found.values()) == {"kept"}
    assert len(found) == len(verdicts(scores())) - 1


@pytest.mark.parametrize(("norm", "found"), [(45.0, False), (170.0, False), (190.0, True)])
def test_activations_are_massive_where_a_few_norms_are_far_above_the_others(
    norm: float, found: bool
) -> None:
    given = arrange(cells.whole_board(cells.FEW))
    for rows in given.values():
        for row in rows.values():  # the median of their norms is 45
            row.table.geometry["norm"][:2] = norm
    assert massive(given) is found
    assert (norm > HEAVY * 45) is found


def test_without_sensitivity_nothing_is_called_massive() -> None:
    given = arrange(cells.whole_board(cells.FEW, experiments=["plateau"]))
    for rows in given.values():
        for row in rows.values():
            row.table.geometry["norm"][:2] = 1e6
    assert not massive(given)


@pytest.mark.parametrize(
    ("name", "value", "pvalue", "verdict"),
    [
        (HOLDOUT, 0.99, 0.4, "kept"),
        (HOLDOUT, 0.2, 0.05, "kept"),
        (HOLDOUT, 0.99, 0.04, "missed"),
        ("gaussian", 0.9, 0.001, "kept"),
        ("gaussian", -0.9, 0.001, "kept"),
        ("gaussian", 0.98, 0.001, "missed"),
        ("gaussian", -0.98, 0.001, "missed"),
    ],
)
def test_real_is_held_to_the_swap_null_and_the_gaussian_to_its_interval(
    name: str, value: float, pvalue: float, verdict: str
) -> None:
    (place,) = control_places({name: score(spread_about(value), pvalue=pvalue)})
    assert (place.control, place.expected) == (name, CONTROLS[name].at)
    assert place.verdict == verdict


def test_a_place_without_an_interval_cannot_be_told_and_without_realism_is_none() -> None:
    (place,) = control_places({HOLDOUT: score(Estimate(1.0), pvalue=0.5)})
    assert place.verdict == "cannot be told"
    assert control_places({"mean": score(Estimate(1.0)), HOLDOUT: score(None)}) == ()
    assert control_places({}) == ()


def test_real_stands_at_one_and_the_gaussian_at_zero() -> None:
    places = {each.name: each.at for each in CONTROLS.values() if each.at is not None}
    assert places == {HOLDOUT: 1.0, "gaussian": 0.0}


def test_every_declared_order_is_between_controls() -> None:
    for control in CONTROLS.values():
        below = {*control.above, *control.above_without_outliers, *control.above_if_good}
        assert below <= {*CONTROLS, WRONG_PROMPT} - {control.name}
    assert CONTROLS[HOLDOUT].above == ("sae-reconstruction", "gaussian", WRONG_PROMPT)


def test_what_lies_within_the_noise_cannot_be_told() -> None:
    found = verdicts(scores(spread=0.5, mean=-0.05))
    assert found["gaussian", "mean"] == "cannot be told"
    assert found["gaussian", "isotropic"] == "kept"


def test_controls_out_of_order_are_refused_and_all_named() -> None:
    with pytest.raises(RecordError) as caught:
        verdicts(scores(gaussian=1.5, isotropic=-0.1))
    start, broken = caught.value.what.split(": ")
    assert start == "controls are out of order"
    assert set(broken.split("; ")) == {
        "gaussian is above real-holdout by overall",
        "isotropic is above shuffled-coordinates by overall",
        "isotropic is above permuted-decoder by overall",
        "isotropic is above mean by overall",
    }


def test_a_control_that_is_missing_or_has_no_overall_has_no_order() -> None:
    realism = scores()
    del realism["mean"]
    realism["isotropic"] = score(None)
    found = verdicts(realism)
    assert {name for pair in found for name in pair} == set(PLACES) - {"mean", "isotropic"}


def plateau(native: float, monkeypatch: pytest.MonkeyPatch, *, dropped: int = 0) -> list[Cell]:
    """Cells of the rows that the order of plateau widths is about."""
    monkeypatch.setitem(cells.CENTRES, NATIVE, native)
    given = cells.whole_board([*cells.FEW, HOLDOUT], experiments=["plateau"])
    return given + cells.whole_board([NATIVE], experiments=["plateau"], dropped=dropped)


def widths(given: list[Cell]) -> Order | None:
    """The order, of cells that toy steps make wide or narrow."""
    arranged = scored(arrange(given))
    resampling = ScoredCells.of(arranged).bootstrap(200)
    orders = control_orders({}, compared(arranged), resampling, outliers=False)
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
    native_mean, holdout_mean = (
        np.mean(
            [
                cell.sample.values["plateau_width"].values.mean()
                for cell in given
                if cell.record.identity.generator.name == name
            ]
        )
        for name in (NATIVE, HOLDOUT)
    )
    assert order.difference.value == pytest.approx(native_mean - holdout_mean)
    assert len(order.difference.replicates) == 200


def test_native_plateaus_that_are_narrower_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    given = plateau(0.4, monkeypatch)
    with pytest.raises(RecordError, match="real-holdout is above real-native by plateau_width"):
        widths(given)


def test_no_board_is_refused_by_widths_of_paths_without_a_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arranged = scored(arrange(plateau(0.4, monkeypatch)))
    flat = compared(arranged)
    flat.__dict__["no_event"] = "real paths have no step"
    assert control_orders({}, flat, ScoredCells.of(arranged).bootstrap(), outliers=False) == ()


def test_widths_are_compared_on_the_bases_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    given = plateau(0.6, monkeypatch, dropped=5)
    order = widths(given)
    assert order is not None
    means = []
    for path in ("scaled",):
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


def test_no_order_is_demanded_of_a_control_that_is_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reconstructions of a dictionary that is no good may be less real than Gaussian samples."""
    monkeypatch.setitem(cells.CENTRES, "sae-reconstruction", 0.95)
    given = cells.whole_board([*cells.FEW, "sae-reconstruction"])
    (order,) = [each for each in boards.built(given).orders if each.above == "sae-reconstruction"]
    assert (order.below, order.verdict) == ("gaussian", "not kept")
    with boards.short_floors():
        board = build(given, replicates=boards.REPLICATES, judged=("sae-reconstruction",))
    assert "sae-reconstruction" not in {each.above for each in board.orders}
    bad = boards.row_of(board, "sae-reconstruction").realism.value
    assert bad < boards.row_of(board, "gaussian").realism.value
