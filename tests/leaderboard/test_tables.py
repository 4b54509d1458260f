from __future__ import annotations

import re

import pytest

from synact_bench.leaderboard import tables
from synact_bench.leaderboard.board import Board, build
from tests.helpers import cells


@pytest.fixture(scope="module")
def board() -> Board:
    return build(cells.whole_board())


def read(table: str) -> list[dict[str, str]]:
    """Rows of a Markdown table by the names of its columns."""
    split = [
        [each.strip() for each in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()
    ]
    return [dict(zip(split[0], row, strict=True)) for row in split[2:]]


def test_main_table(board: Board) -> None:
    rows = read(tables.main_table(board))
    assert [row["row"] for row in rows] == [
        "real-holdout (control)",
        "sae-reconstruction",
        "synthetic-structured",
        "gaussian (control)",
        "isotropic (control)",
    ]
    assert list(rows[0]) == [
        *("row", "track", "overall ↑", "sensitivity ↑", "plateau ↑", "plateau_width ↑"),
        *("step_sharpness ↑", "max_slope_step ↑", "kl_curve_gap ↑", "n", "dropped"),
    ]
    gaussian = rows[3]
    assert {gaussian[name] for name in gaussian if name.endswith("↑")} == {"0.00"}
    assert (gaussian["n"], gaussian["dropped"]) == (str(cells.BASES), "0")
    assert rows[4]["track"] == "conditioned"
    value = board.rows[1].realism.overall.value
    assert rows[1]["overall ↑"] == f"{value:.2f}"


def test_a_missing_score_is_an_empty_place() -> None:
    board = build(cells.whole_board(experiments=["sensitivity"]))
    row = read(tables.main_table(board))[0]
    assert [row[name] for name in ("overall ↑", "plateau ↑", "plateau_width ↑")] == ["", "", ""]
    assert row["sensitivity ↑"] != ""


def test_raw_table_has_a_line_for_every_metric_path_and_row(board: Board) -> None:
    rows = read(tables.raw_table(board, "plateau"))
    assert len(rows) == 2 * 2 * len(board.rows)
    line = next(
        row
        for row in rows
        if (row["metric"], row["path"], row["row"])
        == ("plateau_width", "scaled", "gaussian (control)")
    )
    each = board.rows[3].scores["plateau", "scaled"]["plateau_width"]
    assert line["mean ± sd"] == f"{each.mean:.3f} ± {each.sd:.3f}"
    assert line["distance ↓"] == line["Gaussian"] == f"{each.distance:.3f}"
    assert line["floor"] == f"{each.d_floor:#.3g}"
    assert line["KS ↓"] == f"{each.ks:.3f}"
    assert (line["realism ↑"], line["censored"], line["n"]) == ("0.00", "0 %", str(cells.BASES))
    gaps = [row for row in rows if row["metric"] == "kl_curve_gap"]
    assert {row["mean ± sd"] + row["KS ↓"] + row["censored"] for row in gaps} == {""}


def test_raw_table_leaves_out_cells_that_were_not_measured() -> None:
    given = cells.whole_board(["real", "real-floor", "gaussian"])
    board = build([*given, cells.cell("mean", "sensitivity", "relative")])
    rows = read(tables.raw_table(board, "sensitivity"))
    assert {row["path"] for row in rows if row["row"] == "mean"} == {"relative"}
    secondary = read(tables.secondary_table(board, "sensitivity"))
    assert [row["path"] for row in secondary if row["row"] == "mean"] == ["relative"]


def test_secondary_table(board: Board) -> None:
    rows = read(tables.secondary_table(board, "sensitivity"))
    assert len(rows) == 3 * len(board.rows)
    assert list(rows[0])[2:] == ["kl_max_slope_step", "auc_step", "nonlinearity_step", "rise_width"]
    gaussian = next(row for row in rows if row["row"] == "gaussian (control)")
    assert re.fullmatch(r"\d+\.\d ± \d+\.\d \(0\.00\)", gaussian["kl_max_slope_step"])


def test_reference_table_sets_native_beside_transplanted(board: Board) -> None:
    rows = read(tables.reference_table(board))
    plateau = [row for row in rows if row["experiment"] == "plateau"]
    assert [(row["path"], row["row"]) for row in plateau] == [
        (path, row)
        for path in ("absolute", "scaled")
        for row in ("real", "real-floor", "real-native")
    ]
    sensitivity = [row for row in rows if row["experiment"] == "sensitivity"]
    assert {row["row"] for row in sensitivity} == {"real", "real-floor"}
    assert all(re.match(r"[\d.]+ ± [\d.]+$", row["mean ± sd"]) for row in rows)


def test_card_table_escapes_what_authors_wrote() -> None:
    card = {"authors": ("Eve | <b>", "_Bob_"), "reference": "[link](x)", "summary": "a\nb"}
    given = cells.whole_board(["real", "real-floor", "gaussian"])
    board = build([*given, cells.cell("mean", card=card, parameters={"top": 10, "donor": "base"})])
    row = next(row for row in read(tables.card_table(board)) if row["row"] == "mean")
    assert row == {
        "row": "mean",
        "version": "1",
        "parameters": "donor=base, top=10",
        "what it is": "a b",
        "authors": r"Eve \| &lt;b&gt;, \_Bob\_",
        "reference": r"\[link\](x)",
    }


def test_a_name_with_markup_is_escaped() -> None:
    given = cells.whole_board(["real", "real-floor", "gaussian"])
    board = build([*given, cells.cell("a|b")])
    assert read(tables.main_table(board))[-1]["row"] == r"a\|b"
