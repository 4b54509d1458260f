from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from synact_bench.evaluation import frames
from synact_bench.reports.comparable import arrange
from synact_bench.scoring import CellName
from tests.helpers import boards, cells

ROW = boards.row_of(boards.few(), "gaussian")
CELLS = arrange(cells.whole_board(cells.FEW))


def test_scores_have_a_line_for_each_cell_and_metric() -> None:
    frame = frames.scores(ROW, CELLS)
    assert len(frame) == sum(len(metrics) for metrics in ROW.metrics.values())
    for (experiment, path, metric), line in frame.set_index(
        ["experiment", "path", "metric"]
    ).iterrows():
        score = ROW.metrics[CellName(experiment, path)][metric]
        assert line["n"] == score.n
        assert _same(line["distance"], score.distance.value if score.distance else None)
        assert _same(line["mean"], score.mean)
        assert _same(line["floor_upper"], score.d_floor_upper)
        assert _same(line["real_mean"], score.real_mean)
        known = score.mean is not None and score.real_mean is not None
        assert _same(line["shift"], score.mean - score.real_mean if known else None)
        assert _same(line["percentile"], score.percentile)
        ends = (score.distance.interval if score.distance else None) or (None, None)
        assert all(map(_same, line[["distance_low", "distance_high"]], ends))
    assert not any("realism" in column for column in frame.columns)
    first = ["experiment", "path", "metric", "n", "mean", "real_mean", "shift"]
    assert frame.columns.tolist()[: len(first)] == first
    assert frame["shift"].notna().any()


def _same(shown: float | None, expected: float | None) -> bool:
    if expected is None:
        return bool(pd.isna(shown))
    assert shown is not None
    return math.isclose(shown, expected)


def test_paths_hold_what_the_tables_hold_but_the_curves_and_every_metric() -> None:
    frame = frames.paths(CELLS, "gaussian")
    assert len(frame) == len(CELLS) * cells.BASES
    assert not {"l2", "kl", "measured"} & set(frame.columns)
    for (experiment, path), lines in frame.groupby(["experiment", "path"]):
        cell = CELLS[CellName(experiment, path)]["gaussian"]
        assert lines["document"].tolist() == list(cell.table.document)
        for name, column in cell.table.geometry.items():
            assert lines[name].tolist() == column.tolist()
        for metric, values in cell.sample.values.items():
            assert lines[metric].tolist() == pytest.approx(values.values.tolist(), nan_ok=True)
            assert lines[f"{metric}.censored"].tolist() == values.censored.tolist()


def test_bases_that_are_not_refined_have_geometry_and_no_metric() -> None:
    cell = CellName("sensitivity", "relative")
    given = arrange(cells.whole_board(cells.FEW, refined=10))
    frame = frames.paths({cell: given[cell]}, "gaussian")
    assert len(frame) == cells.BASES
    assert frame["distance"].notna().all()
    whole = given[cell]["gaussian"].sample.values["max_slope_step"]
    assert len(whole) == 10
    assert frame["max_slope_step"].tolist()[:10] == pytest.approx(whole.values.tolist())
    assert frame["max_slope_step"][10:].isna().all()
    assert frame["max_slope_step.censored"][10:].isna().all()


def test_conventional_measures_have_a_line_each_beside_real() -> None:
    given = cells.reported(
        cells.whole_board(cells.FEW),
        gaussian=cells.conventional(1.5, 4.0, frechet=None),
        real=cells.conventional(1.0, 1.0),
        real_floor_1=cells.conventional(1.0, 2.0),
    )
    board = boards.built(given)
    frame = frames.conventional(board, "gaussian").set_index("measure")
    assert [*frame.index] == ["kl", "delta_loss", "ce_recovered"]
    assert frame.loc["kl"].tolist() == ["lower", "nats", 4.0, 3.75, 4.25, 1.5]
    none = frames.conventional(boards.few(), "gaussian")
    assert (len(none), [*none.columns]) == (0, ["measure", *frame.columns])


def test_a_metric_that_a_cell_lacks_is_nan() -> None:
    frame = frames.paths(CELLS, "gaussian")
    lacking = frame["experiment"] == "sensitivity"
    assert frame.loc[lacking, "plateau_width"].isna().all()
    assert frame.loc[~lacking, "plateau_width"].notna().all()


def test_what_was_interpolated_is_counted_by_path_and_by_cell() -> None:
    given = arrange([cells.partly_run(each) for each in cells.whole_board(cells.FEW, refined=10)])
    cell = CellName("plateau", "scaled")
    curves = given[cell]["gaussian"].table.curves
    frame = frames.paths({cell: given[cell]}, "gaussian")
    assert frame["points_run"].tolist() == curves.run.sum(axis=1).tolist()
    whole = cells.POINTS - curves.run[:10].sum(axis=1)
    assert frame["interpolated"].tolist() == [*whole.tolist(), *[0] * (cells.BASES - 10)]
    assert whole.all()
    share = frames.scores(ROW, given).set_index(["experiment", "path"])["interpolated_share"]
    assert np.unique(share[cell]).tolist() == [whole.mean() / cells.POINTS]
    assert set(frames.scores(ROW, CELLS)["interpolated_share"]) == {0}
