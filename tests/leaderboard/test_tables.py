from __future__ import annotations

import dataclasses
import re

import pytest

from synact_bench.experiments import EXPERIMENTS, FLOORS, REFERENCE, ZERO
from synact_bench.leaderboard import tables, text
from synact_bench.leaderboard.board import Board
from synact_bench.metrics import METRICS
from synact_bench.scoring import CellName
from synact_bench.scoring.diversity import Spread
from synact_bench.scoring.two_sample import TwoSample
from tests.helpers import boards, cells
from tests.helpers.boards import built, row_of

HEADLINE = [name for name, metric in METRICS.items() if metric.status == "headline"]


@pytest.fixture(scope="module")
def board() -> Board:
    return boards.whole()


def read(table: str) -> list[dict[str, str]]:
    """Rows of a Markdown table by the names of its columns; of equal ones the last."""
    split = [
        [each.strip() for each in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()
    ]
    return [dict(zip(split[0], row, strict=True)) for row in split[2:]]


def row_called(table: str, name: str) -> dict[str, str]:
    return next(row for row in read(table) if row["row"] == name)


def test_main_table(board: Board) -> None:
    rows = read(tables.main_table(board))
    assert [(row["rank"], row["row"], row["track"]) for row in rows] == [
        ("1", "synthetic-structured-other", "unconditional"),
        ("1", "synthetic-structured", "conditioned"),
        ("", "real-holdout (control)", "control"),
        ("", "sae-reconstruction (control)", "control"),
        ("", "gaussian (control)", "control"),
        ("", "isotropic (control)", "control"),
        ("", "real-native (control)", "control"),
    ]
    assert list(rows[0]) == [
        *("rank", "row", "track", "overall ↑", "sensitivity ↑", "plateau ↑"),
        *("n", "dropped", "flags"),
    ]
    for shown, row in zip(rows, board.rows, strict=True):
        assert shown["overall ↑"] == text.interval(row.realism.overall.estimate)
        assert (shown["n"], shown["dropped"]) == (str(cells.BASES), "0")
    assert re.fullmatch(r"0\.\d\d \[0\.\d\d, 0\.\d\d\]", rows[0]["overall ↑"])
    assert (rows[-1]["overall ↑"], rows[-1]["plateau ↑"] != "") == ("", True)


def test_flags_stand_beside_the_scores_they_do_not_change() -> None:
    given = cells.whole_board(cells.FEW)
    given += cells.whole_board(["mine"], seen=cells.inspection("near-duplicate", "echo"))
    shown = row_called(tables.main_table(built(given)), "mine")
    assert (shown["rank"], shown["flags"]) == ("", "echo, near-duplicate")
    assert shown["overall ↑"] != ""


def test_a_missing_score_is_an_empty_place() -> None:
    board = built(cells.whole_board(cells.FEW, experiments=["sensitivity"]))
    row = read(tables.main_table(board))[0]
    assert [row[name] for name in ("rank", "overall ↑", "plateau ↑")] == ["", "", ""]
    assert row["sensitivity ↑"] != ""


def test_what_is_not_applicable_says_so_in_every_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cells.CENTRES, ZERO, 0.5)
    board = built(cells.whole_board([*cells.FEW, "mine"]))
    none = "not applicable"
    for row in read(tables.main_table(board)):
        assert [row[f"{each} ↑"] for each in ("overall", *EXPERIMENTS)] == [none] * 3
    for row in read(tables.metric_table(board)):
        assert [row[f"{each} ↑"] for each in HEADLINE] == [none] * len(HEADLINE)
    for row in read(tables.raw_table(board, "plateau")):
        assert row["realism ↑"] == none
        assert "≈" not in row["percentile ↓"]
    secondary = tables.secondary_table(board, "sensitivity")
    assert none in secondary
    for row in read(secondary):
        name = row["row"].removesuffix(" (control)")
        scores = row_of(board, name).scores[CellName("sensitivity", row["path"])]
        for metric in list(row)[2:]:
            assert row[metric].endswith(f" ({none})") is not scores[metric].realism.applicable


def test_metric_table_sets_the_rank_of_each_metric_beside_the_overall_one(board: Board) -> None:
    lines = tables.metric_table(board).splitlines()
    header = [each.strip() for each in lines[0].split("|")[1:-1]]
    columns = [part for name in HEADLINE for part in (f"{name} ↑", "rank")]
    assert header == ["row", "track", "overall rank", *columns]
    for line, row in zip(lines[2:], board.rows, strict=True):
        shown = [each.strip() for each in line.split("|")[1:-1]]
        assert shown[0] == tables.label(row)
        ranks = [shown[2], *shown[4::2]]
        wanted = [row.rank, *(row.metric_ranks.get(name) for name in HEADLINE)]
        assert ranks == ["" if rank is None else str(rank) for rank in wanted]
        assert shown[3::2] == [
            text.interval(row.realism.by_metric[name].estimate) for name in HEADLINE
        ]


def test_order_table_says_what_was_found_of_each_declared_order(board: Board) -> None:
    rows = read(tables.order_table(board))
    assert [(row["above"], row["below"], row["by"]) for row in rows] == [
        ("real-holdout", "sae-reconstruction", "overall"),
        ("real-holdout", "gaussian", "overall"),
        ("real-native", "real-holdout", "plateau width"),
        ("sae-reconstruction", "gaussian", "overall"),
        ("gaussian", "isotropic", "overall"),
    ]
    assert [row["order"] for row in rows] == [order.verdict for order in board.orders]
    assert all("[" in row["difference"] for row in rows)


def test_place_table_says_where_controls_of_known_realism_are_found(board: Board) -> None:
    rows = read(tables.place_table(board))
    assert [(row["control"], row["metric"], row["realism by its making"]) for row in rows] == [
        (name, metric, at)
        for name, at in (("real-holdout", "1.00"), ("gaussian", "0.00"))
        for metric in HEADLINE
    ]
    for row, place in zip(rows, board.places, strict=True):
        assert row["found"] == text.interval(place.realism)
        assert row["jointly"] == text.between(place.interval)
        assert row["place"] == place.verdict


def test_inspection_table_shows_every_rule_and_number_by_experiment() -> None:
    given = cells.whole_board([*cells.FEW[:-1], "mine"], seen=cells.inspection("near-duplicate"))
    rows = read(tables.inspection_table(built(given)))
    assert [(row["row"], row["experiment"]) for row in rows] == [
        ("mine", "plateau"),
        ("mine", "sensitivity"),
    ]
    assert list(rows[0])[:6] == [
        *("row", "experiment", "near-duplicate", "data-copying"),
        *("effective rank", "distinct latents"),
    ]
    assert rows[0]["near-duplicate"] == "50 %"
    assert rows[0]["data-copying"] == "0.00"
    assert (rows[0]["effective rank"], rows[0]["distinct latents"]) == ("5.50", "")
    assert (rows[0]["kid"], rows[0]["coverage"]) == ("-0.250", "")
    assert rows[0]["flags"] == "near-duplicate"


def test_a_rule_that_was_not_tried_on_a_row_is_an_empty_place() -> None:
    whole = cells.inspection()
    part = whole.model_copy(update={"findings": whole.findings[1:]})
    given = cells.whole_board(cells.FEW) + cells.whole_board(["mine"], seen=part)
    rows = read(tables.inspection_table(built(given)))
    tried = {row["row"]: row["near-duplicate"] for row in rows}
    assert tried == {"mine": "", "gaussian (control)": "1 %"}


def test_the_numbers_shown_of_an_inspection_are_measured_ones() -> None:
    assert set(tables.SPREAD) <= {field.name for field in dataclasses.fields(Spread)}
    assert set(tables.TWO_SAMPLE) <= {field.name for field in dataclasses.fields(TwoSample)}


def test_archive_table_says_what_each_row_was_and_why_it_is_here() -> None:
    old = cells.cell("retired", "sensitivity@0", version="3", preset="tiny")
    board = built([*cells.whole_board(cells.FEW), old])
    assert read(tables.archive_table(board)) == [
        {
            "row": "retired",
            "version": "3",
            "testbed": "toy@1",
            "preset": "tiny",
            "seed": "0",
            "measured": "2024-05-01T12:00:00+00:00",
            "why it is here": (
                f"experiment sensitivity@0 is {EXPERIMENTS['sensitivity'].identity} now"
            ),
        }
    ]


def test_raw_table_has_a_line_for_every_metric_path_and_row(board: Board) -> None:
    rows = read(tables.raw_table(board, "plateau"))
    assert len(rows) == 2 * 2 * len(board.rows)
    line = next(
        row
        for row in rows
        if (row["metric"], row["path"], row["row"])
        == ("plateau_width", "scaled", "gaussian (control)")
    )
    each = row_of(board, "gaussian").scores[CellName("plateau", "scaled")]["plateau_width"]
    assert each.d_gaussian is not None
    assert each.percentile is not None
    assert line["mean ± sd"] == f"{each.mean:.3f} ± {each.sd:.3f}"
    assert line["distance ↓"] == text.measured(each.distance)
    assert line["Gaussian"] == text.measure(each.d_gaussian.value)
    assert line["floor"] == text.measure(each.d_floor)
    assert line["floor 95 %"] == text.measure(each.d_floor_upper)
    assert line["percentile ↓"] == f"{each.percentile:.0f}" == "100"
    assert line["KS ↓"] == f"{each.ks:.3f}"
    assert line["realism ↑"] == text.interval(each.realism.estimate)
    assert (line["censored"], line["n"]) == ("0 %", str(cells.BASES))
    gaps = [row for row in rows if row["metric"] == "kl_curve_gap"]
    assert {row["mean ± sd"] + row["KS ↓"] + row["censored"] for row in gaps} == {""}


def test_only_a_row_below_the_floor_s_95th_percentile_is_marked_indistinguishable(
    board: Board,
) -> None:
    for experiment in EXPERIMENTS:
        for line in read(tables.raw_table(board, experiment)):
            name = line["row"].removesuffix(" (control)")
            scores = row_of(board, name).scores[CellName(experiment, line["path"])]
            marked = line["percentile ↓"].endswith(" ≈")
            each = scores[line["metric"]]
            assert each.distance is not None
            assert each.d_floor_upper is not None
            assert marked is (each.distance.value < each.d_floor_upper)
    assert "≈" in tables.raw_table(board, "plateau")


def test_raw_table_leaves_out_cells_that_were_not_measured() -> None:
    given = cells.whole_board(cells.FEW)
    board = built([*given, cells.cell("mine", "sensitivity", "relative")])
    rows = read(tables.raw_table(board, "sensitivity"))
    assert {row["path"] for row in rows if row["row"] == "mine"} == {"relative"}
    secondary = read(tables.secondary_table(board, "sensitivity"))
    assert [row["path"] for row in secondary if row["row"] == "mine"] == ["relative"]


def test_secondary_table(board: Board) -> None:
    rows = read(tables.secondary_table(board, "sensitivity"))
    assert len(rows) == 3 * (len(board.rows) - 1)
    assert list(rows[0])[2:] == ["kl_max_slope_step", "auc_step", "nonlinearity_step", "rise_width"]
    isotropic = next(row for row in rows if row["row"] == "isotropic (control)")
    assert re.fullmatch(r"\d+\.\d ± \d+\.\d \(-\d\.\d\d\)", isotropic["kl_max_slope_step"])


def test_reference_table_describes_every_draw_of_real(board: Board) -> None:
    rows = read(tables.reference_table(board))
    draws = (REFERENCE, *FLOORS)
    plateau = [row for row in rows if row["experiment"] == "plateau"]
    assert [(row["path"], row["row"]) for row in plateau] == [
        (path, row) for path in ("absolute", "scaled") for row in draws
    ]
    sensitivity = [row for row in rows if row["experiment"] == "sensitivity"]
    assert {row["row"] for row in sensitivity} == set(draws)
    assert all(re.match(r"[\d.]+ ± [\d.]+$", row["mean ± sd"]) for row in rows)


def test_card_table_escapes_what_authors_wrote() -> None:
    card = {"authors": ("Eve | <b>", "_Bob_"), "reference": "[link](x)", "summary": "a\nb"}
    own = cells.cell("mine", card=card, parameters={"top": 10, "donor": "base"})
    board = built([*cells.whole_board(cells.FEW), own])
    assert row_called(tables.card_table(board), "mine") == {
        "row": "mine",
        "version": "1",
        "parameters": "donor=base, top=10",
        "what it is": "a b",
        "authors": r"Eve \| &lt;b&gt;, \_Bob\_",
        "reference": r"\[link\](x)",
    }


def test_markup_in_a_record_stays_in_its_place_in_every_table() -> None:
    old = cells.cell(
        cells.HOSTILE, "sensitivity@0", version="0", preset=cells.HOSTILE, testbed=cells.HOSTILE
    )
    board = built([*cells.whole_board(cells.FEW), *cells.hostile(), old])
    shown = [
        tables.main_table(board),
        tables.metric_table(board),
        tables.inspection_table(board),
        tables.archive_table(board),
        tables.raw_table(board, "plateau"),
        tables.secondary_table(board, "sensitivity"),
        tables.card_table(board),
    ]
    for table in shown:
        assert text.escape(cells.HOSTILE) in table
        assert "<img" not in table
        assert not re.search(r"(?<!\\)[`*\[$]", table.replace(" [", " "))
        assert read(table)  # every line has the columns of the header
