from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks import agreement, tables
from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import DENSE, REAL
from synact_bench.metrics.base import Floats, PathValues
from synact_bench.results.store import Cell, Store, encode
from tests.helpers import boards, cells


@pytest.fixture(autouse=True)
def _few_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of intervals nothing is compared."""
    monkeypatch.setattr("benchmarks.agreement.board.build", boards.built)


def with_values(cell: Cell, values: Floats) -> Cell:
    """The cell as if its curves had given other numbers of max_slope_step."""
    new = PathValues(values, np.isnan(values))
    other = Cell(cell.record, cell.table)
    own = {**cell.sample.values, "max_slope_step": new}
    vars(other)["sample"] = dataclasses.replace(cell.sample, values=own)
    return other


def changed(cell: Cell, by: float) -> Cell:
    """The cell with every defined max_slope_step moved."""
    return with_values(cell, cell.sample.values["max_slope_step"].values + by)


def scaled(cell: Cell, by: float) -> Cell:
    """The cell with every l2 larger by a factor."""
    curves = dataclasses.replace(cell.table.curves, l2=cell.table.curves.l2 * np.float32(by))
    return Cell(cell.record, dataclasses.replace(cell.table, curves=curves))


def row_of(cell: Cell) -> str:
    return cell.record.identity.generator.name


def row(rows: list[tables.Row], metric: str) -> tables.Row:
    (found,) = [each for each in rows if each["metric"] == metric]
    return found


def test_equal_cells_agree_in_everything() -> None:
    board = cells.whole_board(cells.FEW)
    for each in agreement.metric_rows(agreement.paired(board, board)):
        assert each["same"] == 1
        assert each["largest"] == 0
        assert each["undefined_in_one"] == 0


def test_a_difference_is_counted_and_measured() -> None:
    cell = cells.cell("gaussian")
    half = 50 / (cell.record.identity.points - 1)
    near, far = changed(cell, half), changed(cell, 2 * half)
    found = row(agreement.metric_rows([(cell, near)]), "max_slope_step")
    assert found["same"] == 0
    assert found["within_half_a_point"] == 1
    assert found["median_error"] == pytest.approx(half)
    assert row(agreement.metric_rows([(cell, far)]), "max_slope_step")["within_half_a_point"] == 0
    assert row(agreement.metric_rows([(cell, far)]), "kl_curve_gap")["largest"] == 0


def test_a_metric_of_sets_differs_by_the_mean_over_its_numbers() -> None:
    cell = cells.cell("gaussian")
    far = cell.sample.rows["kl_curve_gap"] + np.linspace(0, 2, cells.POINTS)
    other = Cell(cell.record, cell.table)
    vars(other)["sample"] = dataclasses.replace(cell.sample, rows={"kl_curve_gap": far})
    found = row(agreement.metric_rows([(cell, other)]), "kl_curve_gap")
    assert found["same"] == 0
    assert found["median_error"] == pytest.approx(1)
    assert found["unit"] == "decades"
    assert found["within_half_a_point"] is None


def test_a_value_that_is_defined_in_one_alone_is_told() -> None:
    cell = cells.cell("gaussian")
    lost = cell.sample.values["max_slope_step"].values.copy()
    lost[0] = np.nan
    other = with_values(cell, lost)
    assert row(agreement.metric_rows([(cell, other)]), "max_slope_step")["undefined_in_one"] == 1


def test_scores_of_equal_boards_do_not_change() -> None:
    board = cells.whole_board(cells.FEW)
    for each in agreement.score_rows(board, board):
        assert each["overall"] in (0, None)
        assert each["plateau"] in (0, None)
        assert each["beside_first"] in (0, None)
        assert each["rank"] == each["other_rank"]


def test_a_row_that_moved_is_told_from_a_real_that_moved() -> None:
    few = (*cells.FEW, "mine")
    first, second = cells.whole_board(few), cells.whole_board(few)
    moved = [scaled(each, 1.1) if row_of(each) == "mine" else each for each in second]
    found: Any = {row["generator"]: row for row in agreement.score_rows(first, moved)}
    assert abs(found["mine"]["overall"]) > 1e-4
    assert found["mine"]["beside_first"] == pytest.approx(found["mine"]["overall"])
    assert found["gaussian"]["overall"] == found["gaussian"]["beside_first"] == 0
    real = [scaled(each, 1.02) if row_of(each) in REAL else each for each in second]
    found = {row["generator"]: row for row in agreement.score_rows(first, real)}
    assert abs(found["mine"]["overall"]) > 1e-4
    assert found["mine"]["beside_first"] == 0


def test_the_largest_change_is_that_of_rows_that_a_board_is_read_for() -> None:
    rows: list[tables.Row] = [
        {"overall": 0.01, "realism": 0.5, "flags": ""},
        {"overall": -0.02, "realism": -0.5, "flags": ""},
        {"overall": 0.5, "realism": 0.9, "flags": "verbatim"},
        {"overall": 9.0, "realism": -4.0, "flags": ""},
        {"overall": None, "realism": None, "flags": ""},
    ]
    assert [*agreement.largest_change(rows).values()] == [9.0, 0.02]
    assert [*agreement.largest_change([]).values()] == [None, None]


def test_bases_that_one_run_alone_refined_are_left_out() -> None:
    dense, adaptive = cells.cell("gaussian"), cells.cell("gaussian", refined=10)
    for each in agreement.metric_rows([(dense, adaptive)]):
        assert (each["paths"], each["same"]) == (10, 1)


def test_errors_of_interpolated_points_are_the_largest_of_a_path() -> None:
    dense = cells.cell("gaussian")
    part = cells.partly_run(dense)
    curves = part.table.curves
    filled = np.argwhere(curves.interpolated & (np.arange(len(curves)) == 3)[:, None])[-1]
    curves.l2[tuple(filled)] += 0.5 * dense.table.curves.l2[3].max()
    curves.kl[tuple(filled)] -= 0.25
    found = agreement.curve_row("mine", [(dense, part)])
    assert found is not None
    assert found["of"] == "mine"
    assert found["paths"] == len(curves)
    assert found["interpolated"] == pytest.approx(curves.interpolated.mean())
    assert found["l2_largest"] == pytest.approx(0.5)
    assert found["kl_largest"] == pytest.approx(0.25)
    assert found["kl_median"] == 0
    rows = agreement.curve_rows([(dense, part), (cells.cell("mean"), cells.cell("mean"))])
    assert [each["of"] for each in rows] == ["all", "gaussian"]
    assert agreement.curve_rows([(dense, dense)]) == []


def test_cells_of_other_paths_are_refused() -> None:
    with pytest.raises(RecordError, match="the cells have different paths"):
        agreement.paired([cells.cell("gaussian")], [cells.cell("gaussian", dropped=2)])
    with pytest.raises(RecordError, match="no cell is in both"):
        agreement.paired([cells.cell("gaussian")], [cells.cell("mean")])


def test_two_folders_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "FOLDER", tmp_path / "results")
    for name, identity in (("a", {}), ("b", {"engine": DENSE})):
        for cell in cells.whole_board(cells.FEW, **identity):
            Store(tmp_path / name).write(cell.record, encode(cell.table))
    app = agreement.app
    done = CliRunner().invoke(app, [str(tmp_path / "a"), str(tmp_path / "b")])
    assert done.exit_code == 0, done.output
    assert "agreement of metrics" in done.output
    assert "points run, second to first: 1" in done.output
    assert (tmp_path / "results" / "agreement-scores.json").is_file()
    assert "error of interpolated points" not in done.output
    for cell in cells.whole_board(cells.FEW):
        part = cells.partly_run(cell)
        content = encode(part.table)
        sha256 = hashlib.sha256(content).hexdigest()
        record = part.record.model_copy(update={"table_sha256": sha256})
        Store(tmp_path / "a").write(record, content)
    done = CliRunner().invoke(app, [str(tmp_path / "b"), str(tmp_path / "a")])
    assert done.exit_code == 0, done.output
    assert "error of interpolated points" in done.output
