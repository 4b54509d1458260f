from __future__ import annotations

import math

import pandas as pd
import pytest

from synact_bench.evaluation import frames
from synact_bench.leaderboard.comparable import arrange
from tests.helpers import boards, cells

ROW = boards.row_of(boards.few(), "gaussian")
CELLS = arrange(cells.whole_board(cells.FEW))


def test_scores_have_a_line_for_each_cell_and_metric() -> None:
    frame = frames.scores(ROW)
    assert len(frame) == sum(len(metrics) for metrics in ROW.scores.values())
    for (experiment, path, metric), line in frame.set_index(
        ["experiment", "path", "metric"]
    ).iterrows():
        score = ROW.scores[experiment, path][metric]
        assert line["n"] == score.n
        assert _same(line["distance"], score.distance and score.distance.value)
        assert _same(line["realism"], score.realism.value)
        assert _same(line["mean"], score.mean)
        assert _same(line["floor_upper"], score.d_floor_upper)
        ends = score.realism.estimate.interval if score.realism.estimate else (None, None)
        assert ends is not None
        assert all(map(_same, line[["realism_low", "realism_high"]], ends))


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
        cell = CELLS[experiment, path]["gaussian"]
        assert lines["document"].tolist() == list(cell.table.document)
        for name, column in cell.table.geometry.items():
            assert lines[name].tolist() == column.tolist()
        for metric, values in cell.sample.values.items():
            assert lines[metric].tolist() == pytest.approx(values.values.tolist(), nan_ok=True)
            assert lines[f"{metric}.censored"].tolist() == values.censored.tolist()


def test_a_metric_that_a_cell_lacks_is_nan() -> None:
    frame = frames.paths(CELLS, "gaussian")
    lacking = frame["experiment"] == "sensitivity"
    assert frame.loc[lacking, "plateau_width"].isna().all()
    assert frame.loc[~lacking, "plateau_width"].notna().all()
