from __future__ import annotations

import json

import numpy as np
import pytest

from synact_bench.experiments import FLOOR, NATIVE, REFERENCE
from synact_bench.leaderboard.board import WANTED, Board, BoardRow, build
from synact_bench.metrics import METRICS
from synact_bench.results.store import Cell
from synact_bench.scoring.distances import wasserstein1
from tests.helpers import cells


@pytest.fixture(scope="module")
def whole() -> Board:
    return build(cells.whole_board())


def row_of(board: Board, name: str) -> BoardRow:
    return next(row for row in board.rows if row.name == name)


def without(given: list[Cell], name: str, path: str) -> list[Cell]:
    stem = f"{name}--sensitivity--{path}--"
    return [cell for cell in given if not cell.record.identity.stem.startswith(stem)]


def test_rows_come_by_falling_realism(whole: Board) -> None:
    assert [row.name for row in whole.rows] == [
        "real-holdout",
        "sae-reconstruction",
        "synthetic-structured",
        "gaussian",
        "isotropic",
    ]
    values = [row.realism.overall.value for row in whole.rows]
    assert values == sorted(values, reverse=True)
    assert values[0] == pytest.approx(1, abs=0.15)
    assert values[-1] < 0


def test_the_gaussian_is_zero_everywhere(whole: Board) -> None:
    row = row_of(whole, "gaussian")
    assert row.realism.overall.value == 0
    assert {each.realism for cell in row.scores.values() for each in cell.values()} == {0}


def test_every_cell_and_metric_is_scored(whole: Board) -> None:
    for row in whole.rows:
        assert set(row.scores) == set(WANTED)
        for (experiment, path), scores in row.scores.items():
            assert set(scores) == {
                name for name, metric in METRICS.items() if metric.applies(experiment, path)
            }


def test_real_rows_are_described_but_not_ranked(whole: Board) -> None:
    assert [each.name for each in whole.references] == sorted([REFERENCE, FLOOR, NATIVE])
    native = next(each for each in whole.references if each.name == NATIVE)
    assert {experiment for experiment, _ in native.moments} == {"plateau"}
    stored = cells.cell(NATIVE, "plateau", "scaled").table.values["plateau_width"]
    moments = native.moments["plateau", "scaled"]["plateau_width"]
    assert moments.mean == pytest.approx(stored.values.mean())
    assert moments.sd == pytest.approx(stored.values.std(ddof=1))
    assert (moments.n, moments.censored_share) == (cells.BASES, 0)


def test_n_is_that_of_the_smallest_cell_and_dropped_pairs_add_up() -> None:
    given = without(cells.whole_board(), "isotropic", "relative")
    given = without(given, "isotropic", "matched")
    given.append(cells.cell("isotropic", "sensitivity", "relative", dropped=3))
    given.append(cells.cell("isotropic", "sensitivity", "matched", dropped=1))
    row = row_of(build(given), "isotropic")
    assert (row.n, row.dropped) == (cells.BASES - 3, 4)
    assert row.scores["sensitivity", "relative"]["step_sharpness"].n == cells.BASES - 3
    assert row.realism.overall.value is not None


def test_a_row_without_overall_comes_last_with_its_reason() -> None:
    board = build(without(cells.whole_board(), "real-holdout", "matched"))
    assert board.rows[-1].name == "real-holdout"
    overall = board.rows[-1].realism.overall
    assert overall.value is None
    assert overall.reason is not None
    assert "sensitivity/matched: the cell is missing" in overall.reason
    assert board.rows[-1].realism.by_experiment["plateau"].value is not None


def test_an_empty_cell_says_why_it_has_no_score() -> None:
    given = without(cells.whole_board(), "isotropic", "relative")
    given.append(cells.cell("isotropic", dropped=cells.BASES))
    row = row_of(build(given), "isotropic")
    assert (row.n, row.realism.overall.value) == (0, None)
    each = row.scores["sensitivity", "relative"]["max_slope_step"]
    assert each.realism is None
    assert each.reason == "every base coincides with its target"


def test_ties_are_ordered_by_name() -> None:
    given = cells.whole_board(["real", "real-floor", "gaussian"])
    names = ["zeta", "alpha", "mid"]
    board = build([*given, *(cells.cell(name, "plateau", "scaled") for name in names)])
    assert [row.name for row in board.rows] == ["gaussian", "alpha", "mid", "zeta"]


def test_an_experiment_that_was_not_run_leaves_the_overall_empty() -> None:
    board = build(cells.whole_board(experiments=["sensitivity"]))
    for row in board.rows:
        assert row.realism.overall.value is None
        assert row.realism.by_experiment["sensitivity"].value is not None


def test_no_control_row_is_needed() -> None:
    board = build(cells.whole_board(["real", "real-floor", "gaussian", "synthetic-structured"]))
    assert [row.name for row in board.rows] == ["synthetic-structured", "gaussian"]


def test_the_newest_record_gives_the_card() -> None:
    given = cells.whole_board(["real", "real-floor", "gaussian"])
    for day, path in enumerate(("relative", "matched", "absolute"), start=1):
        made = cells.provenance(created=f"2024-05-{4 - day:02d}T00:00:00+00:00")
        card = {"authors": (f"author-{path}",)}
        given.append(cells.cell("mean", "sensitivity", path, made=made, card=card))
    assert row_of(build(given), "mean").card.authors == ("author-relative",)


def test_json_has_equal_bytes_whatever_the_order_of_the_cells(whole: Board) -> None:
    again = build(reversed(cells.whole_board(made=cells.provenance(created="2025", seconds=9.0))))
    assert again.to_json() == whole.to_json()


def test_json_holds_the_scores_to_six_digits(whole: Board) -> None:
    text = whole.to_json()
    read = json.loads(text)
    assert list(read) == sorted(read)
    assert read["setting"]["preset"] == "tiny"
    row = row_of(whole, "sae-reconstruction")
    shown = next(each for each in read["rows"] if each["identity"]["name"] == row.name)
    overall = row.realism.overall.value
    assert overall is not None
    assert shown["realism"]["overall"] == {"value": float(f"{overall:.6g}"), "reason": None}
    exact = row.scores["sensitivity", "relative"]["step_sharpness"].mean
    rounded = shown["scores"]["sensitivity/relative"]["step_sharpness"]["mean"]
    assert rounded == pytest.approx(exact, rel=1e-5)
    assert len(str(rounded).replace(".", "")) <= 6
    assert shown["card"]["track"] == "unconditional"


def test_a_row_is_compared_with_real_on_its_own_bases() -> None:
    given = without(cells.whole_board(), "isotropic", "relative")
    fewer = cells.cell("isotropic", "sensitivity", "relative", dropped=3)
    real = cells.cell(REFERENCE, "sensitivity", "relative").table
    scored = row_of(build([*given, fewer]), "isotropic").scores["sensitivity", "relative"]
    kept = np.isin(real.base, fewer.table.base)
    assert kept.sum() == cells.BASES - 3
    expected = wasserstein1(
        fewer.table.values["max_slope_step"].values, real.values["max_slope_step"].values[kept]
    )
    assert scored["max_slope_step"].distance == expected
