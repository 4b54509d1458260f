from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from synact_bench.metrics import METRICS, metrics_for
from synact_bench.scoring import Comparison, MetricScore, Resampling, Sample, comparison
from synact_bench.scoring.comparison import mean_distances
from synact_bench.scoring.sample import pooled, sample_distance
from tests.helpers.samples import (
    CELLS,
    GAUSSIAN,
    REAL,
    compared,
    of_documents,
    sample,
    without_a_step,
)

SENSITIVITY, PLATEAU = CELLS
HEADLINE = {name for name, each in METRICS.items() if each.status == "headline"}


@pytest.fixture(scope="module")
def board() -> Comparison:
    """A near and a far row; the far one lacks every base of the first ten documents."""
    whole = compared({"near": 0.5, "far": 2.0}, rng=np.random.default_rng(0))
    late = {
        cell: dict(rows) | {"far": rows["far"].where(rows["far"].bases >= 20)}
        for cell, rows in whole.samples.items()
    }
    return dataclasses.replace(whole, samples=late)


def resampled(board: Comparison, replicates: int = 30) -> Resampling:
    rng = np.random.default_rng(0)
    return Resampling.bootstrap(board.documents, rng=rng, replicates=replicates)


def numbers(score: MetricScore) -> list[float]:
    return [score.distance.value, score.d_floor, *score.distance.replicates]


def test_every_row_is_scored_in_every_cell_by_the_metrics_of_the_cell(board) -> None:
    scores = board.scores(resampled(board))
    assert set(scores) == {"near", "far", *REAL, GAUSSIAN}
    for row in scores.values():
        assert {cell: list(each) for cell, each in row.items()} == {
            cell: list(metrics_for(*cell)) for cell in CELLS
        }


def test_numbers_do_not_depend_on_threads(board) -> None:
    one, three = (board.scores(resampled(board), threads=threads) for threads in (1, 3))
    for row, cells in one.items():
        for cell, scores in cells.items():
            for name, each in scores.items():
                assert numbers(each) == numbers(three[row][cell][name])


def test_rows_stand_where_they_should(board) -> None:
    scores = board.scores(resampled(board))
    for metric in HEADLINE:
        found = {name: mean_distances(each, cells=CELLS)[metric] for name, each in scores.items()}
        distance = {name: each.value for name, each in found.items()}
        assert distance["near"] < distance["far"] < distance[GAUSSIAN]
        assert all(distance[name] < distance["near"] for name in REAL)


def test_a_row_with_dropped_pairs_is_compared_on_its_own_bases(board) -> None:
    resampling = resampled(board)
    documents = {f"d{number:03d}" for number in range(10, 30)}
    everyone_dropped = of_documents(board, documents)
    found = board.scores(resampling, rows=["far"])["far"]
    alone = everyone_dropped.scores(resampling, rows=["far"])["far"]
    for cell in CELLS:
        for name in metrics_for(*cell):
            assert found[cell][name].n == 40
            np.testing.assert_array_equal(numbers(found[cell][name]), numbers(alone[cell][name]))


def test_a_row_with_every_base_is_not_changed_by_what_others_drop(board) -> None:
    whole = compared({"near": 0.5, "far": 2.0}, rng=np.random.default_rng(0))
    resampling = resampled(board)
    one, other = (each.scores(resampling, rows=["near"])["near"] for each in (board, whole))
    for name in metrics_for(*PLATEAU):
        np.testing.assert_array_equal(numbers(one[PLATEAU][name]), numbers(other[PLATEAU][name]))


def test_the_mean_of_real_is_on_the_bases_of_the_row(board) -> None:
    scores = board.scores(resampled(board), rows=["near", "far"])
    for name, first in (("near", 0), ("far", 20)):
        rows = [board.samples[PLATEAU][draw] for draw in REAL[:-1]]
        kept = [each.values["plateau_width"].values[each.bases >= first] for each in rows]
        found = scores[name][PLATEAU]["plateau_width"].real_mean
        assert found == pytest.approx(np.concatenate(kept).mean())


def test_a_row_is_compared_with_all_real_draws_but_the_last_together(board) -> None:
    scores = board.scores(resampled(board), rows=["near"])["near"]
    for cell in CELLS:
        row, *real = (board.samples[cell][name] for name in ("near", *REAL))
        for name, metric in metrics_for(*cell).items():
            expected = sample_distance(metric, pooled(real[:-1]), row)
            assert scores[cell][name].distance.value == expected


def test_one_real_draw_is_not_enough() -> None:
    with pytest.raises(ValueError, match="two draws of real activations are needed"):
        Comparison({}, ("real",))


def test_documents_are_those_of_real_in_every_cell(board) -> None:
    assert board.documents == 8 * board.samples[PLATEAU]["real"].documents


def test_only_the_rows_asked_for(board) -> None:
    assert list(board.scores(resampled(board), rows=["near"])) == ["near"]


def test_what_else_is_scored_changes_nothing() -> None:
    def fresh() -> Comparison:
        rng = np.random.default_rng(0)
        return compared({"near": 0.5, "far": 2.0}, rng=rng, cells=[PLATEAU])

    resampling = resampled(fresh())
    everything = fresh().scores(resampling)["far"][PLATEAU]
    alone = fresh().scores(resampling, rows=["far"])["far"][PLATEAU]
    for name, each in alone.items():
        np.testing.assert_array_equal(numbers(each), numbers(everything[name]))


def test_a_seed_gives_the_same_floors_and_another_seed_others() -> None:
    def floors(seed: int) -> list[float]:
        rng = np.random.default_rng(0)
        board = compared({"near": 0.5}, rng=rng, seed=seed, cells=[PLATEAU])
        scores = board.scores(resampled(board), rows=["near"])["near"][PLATEAU]
        return [each.d_floor for each in scores.values()]

    assert floors(1) == floors(1)
    assert floors(1) != floors(2)


def test_floors_are_drawn_once(board, monkeypatch) -> None:
    fresh = dataclasses.replace(board, _floors={})
    resampling = resampled(board)
    first = fresh.scores(resampling, rows=["near"])["near"]
    monkeypatch.setattr("synact_bench.scoring.comparison.noise_floors", None)
    again = fresh.scores(resampling, rows=["near", "draw-1"])["near"]
    assert first[PLATEAU]["plateau_width"].d_floor == again[PLATEAU]["plateau_width"].d_floor


def with_sharpness(*values: float) -> Comparison:
    without = Sample(np.arange(1), ("d",), {}, {})
    samples = {SENSITIVITY: sample(values), PLATEAU: without}
    return Comparison({cell: dict.fromkeys(REAL, each) for cell, each in samples.items()}, REAL)


def test_without_a_step_toward_real_the_distances_remain_and_the_reason_is_said() -> None:
    flat = without_a_step(compared({"near": 0.5}, rng=np.random.default_rng(0)))
    assert flat.no_event is not None
    assert flat.no_event.startswith("real paths have no step: their median step_sharpness is 1.")
    scores = flat.scores(resampled(flat), rows=["near"])["near"]
    for cell in scores.values():
        for each in cell.values():
            assert each.distance is not None


@pytest.mark.parametrize(
    ("values", "found"), [((1.0, 1.4, 9.0), True), ((1.0, 1.5, 9.0), False), ((np.nan,), False)]
)
def test_a_step_is_there_when_half_of_the_real_paths_have_one(values, found: bool) -> None:
    reason = with_sharpness(*values).no_event
    assert (reason is not None) is found
    if found:
        assert "median step_sharpness is 1.40, with one it is at least 1.5" in reason


def test_without_a_sharpness_nothing_is_said_about_steps() -> None:
    bare = Sample(np.arange(1), ("d",), {}, {})
    assert Comparison({PLATEAU: dict.fromkeys(REAL, bare)}, REAL).no_event is None


def test_any_metric_may_tell_of_its_event(monkeypatch) -> None:
    rise: Any = METRICS["rise_width"]
    telling = dataclasses.replace(rise, presence=0.25)
    metrics = {**METRICS, "rise_width": telling}
    del metrics["step_sharpness"]
    monkeypatch.setattr(comparison, "METRICS", metrics)
    reason = with_sharpness(0.1, 0.2, 0.9).no_event
    assert reason is not None
    assert "their median rise_width is 0.20, with one it is at least 0.25" in reason
    assert with_sharpness(0.1, 0.25, 0.9).no_event is None


def test_a_mean_distance_is_over_the_cells_of_the_metric(board) -> None:
    scores = board.scores(resampled(board), rows=["near"])["near"]
    found = mean_distances(scores, cells=CELLS)
    parts = [scores[cell]["kl_curve_gap"].distance for cell in CELLS]
    assert found["kl_curve_gap"].value == pytest.approx(np.mean([each.value for each in parts]))
    expected = np.mean([each.replicates for each in parts], axis=0)
    np.testing.assert_allclose(found["kl_curve_gap"].replicates, expected)
    assert found["plateau_width"].value == scores[PLATEAU]["plateau_width"].distance.value


def test_a_row_that_lacks_a_cell_has_no_mean_distance_there(board) -> None:
    scores = board.scores(resampled(board), rows=["near"])["near"]
    found = mean_distances({SENSITIVITY: scores[SENSITIVITY]}, cells=CELLS)
    assert "step_sharpness" in found
    assert not {"kl_curve_gap", "plateau_width"} & found.keys()
