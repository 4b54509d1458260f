from __future__ import annotations

import dataclasses
import re

import pytest

from synact_bench.core.experiments import EXPERIMENTS, FLOORS, REFERENCE, WRONG_PROMPT
from synact_bench.metrics import METRICS
from synact_bench.reports import formatting, tables
from synact_bench.reports.board import Board
from synact_bench.scoring import CellName
from synact_bench.similarity.diversity import Spread
from synact_bench.similarity.two_sample import TwoSample
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


def group(board: Board, name: str) -> list[dict[str, str]]:
    return read(tables.group_table(name, tables.grouped(board)[name]))


def test_tracks_and_controls_have_tables_of_their_own(board: Board) -> None:
    names = {name: [row.name for row in rows] for name, rows in tables.grouped(board).items()}
    assert names == {
        "unconditional": ["synthetic-structured-other"],
        "conditioned": ["synthetic-structured"],
        "control": [
            *("real-holdout", "wrong-prompt", "sae-reconstruction", "gaussian", "isotropic"),
            "real-native",
        ],
    }


def test_a_group_shows_realism_and_its_parts(board: Board) -> None:
    rows = group(board, "control")
    assert list(rows[0]) == ["rank", "control", "realism ↑", "relative", "matched", "plateau"]
    for shown, row in zip(rows, tables.grouped(board)["control"], strict=True):
        assert shown["realism ↑"] == formatting.give_or_take(row.realism) + tables.marked(row)
        assert shown["plateau"] == formatting.bounded_value(row.score.parts["plateau"])
    assert rows[0]["realism ↑"].endswith(" ≈")
    assert re.fullmatch(r"-0\.\d\d ± 0\.\d\d", rows[4]["realism ↑"])
    assert (rows[-1]["realism ↑"], rows[-1]["plateau"] != "") == ("", True)


def test_details_have_the_interval_and_who_tells(board: Board) -> None:
    rows = read(tables.detail_table(board))
    assert list(rows[0]) == ["row", "95 %", "told", "1-√H", "n", "dropped", "flags"]
    assert [row["row"] for row in rows] == [tables.label(row) for row in board.rows]
    for shown, row in zip(rows, board.rows, strict=True):
        assert row.worst is not None
        assert shown["told"] == f"{100 * row.worst[1].judge.told:.0f}"
        assert shown["95 %"] == formatting.between(formatting.bounded_ends(row.realism))
        assert (shown["n"], shown["dropped"]) == (str(cells.BASES), "0")


def test_parts_have_ranks_of_their_own() -> None:
    board = built(cells.whole_board([*cells.FEW, "mine", "isotropic-like"]))
    for shown, row in zip(
        group(board, "unconditional"), tables.grouped(board)["unconditional"], strict=True
    ):
        assert shown["rank"] == str(row.rank)
        for part, header in (("relative", "relative"), ("matched", "matched")):
            value = formatting.bounded_value(row.score.parts[part])
            assert shown[header] == f"{value} ({row.part_ranks[part]})"


def test_parts_on_different_sides_of_the_gaussian_are_marked(board: Board) -> None:
    row = row_of(board, "gaussian")
    apart = dataclasses.replace(row, score=dataclasses.replace(row.score, disagree=True))
    assert tables.marked(row) == ""
    assert tables.marked(apart) == " ≠"


def test_flags_stand_beside_the_scores_they_do_not_change() -> None:
    given = cells.whole_board(cells.FEW)
    given += cells.whole_board(["mine"], seen=cells.inspection("near-duplicate", "echo"))
    board = built(given)
    (shown,) = group(board, "unconditional")
    assert shown["rank"] == ""
    assert re.fullmatch(r"-?\d\.\d\d ± \d\.\d\d.* †", shown["realism ↑"])
    assert row_called(tables.detail_table(board), "mine")["flags"] == "echo, near-duplicate"


def test_a_missing_score_is_an_empty_place() -> None:
    board = built(cells.whole_board(cells.FEW, experiments=["sensitivity"]))
    (row,) = group(board, "control")
    assert [row[name] for name in ("rank", "realism ↑", "plateau")] == ["", "", ""]
    detail = row_called(tables.detail_table(board), f"{row['control']} (control)")
    assert (detail["95 %"], detail["1-√H"]) == ("", "")
    assert row["relative"] != ""


def test_where_a_row_fails_is_the_cell_in_which_it_is_farthest_from_real(board: Board) -> None:
    rows = read(tables.fails_table(board))
    assert [row["row"] for row in rows] == [tables.label(row) for row in board.rows]
    for shown, row in zip(rows, board.rows, strict=True):
        assert row.worst is not None
        cell, found = row.worst
        rho = {name: each.rho.value for name, each in row.score.cells.items()}
        assert rho[cell] == max(rho.values())
        assert shown["cell"] == f"{cell.experiment}, {cell.path}"
        assert shown["block"] in {"all", ", ".join(found.telling_blocks)}
        assert shown["most telling bases"] == ", ".join(map(str, found.bases))
        assert len(found.bases) == 8


def test_metric_table_has_distances_with_ranks_beside_the_overall_one(board: Board) -> None:
    lines = tables.metric_table(board).splitlines()
    header = [each.strip() for each in lines[0].split("|")[1:-1]]
    columns = [part for name in HEADLINE for part in (f"{name} ↓", "rank")]
    assert header == ["row", "track", "overall rank", *columns]
    known = [row for row in board.rows if row.name != WRONG_PROMPT]
    for line, row in zip(lines[2:], known, strict=True):
        shown = [each.strip() for each in line.split("|")[1:-1]]
        assert shown[0] == tables.label(row)
        ranks = [shown[2], *shown[4::2]]
        wanted = [row.rank, *(row.metric_ranks.get(name) for name in HEADLINE)]
        assert ranks == ["" if rank is None else str(rank) for rank in wanted]
        assert shown[3::2] == [formatting.measured(row.distances.get(name)) for name in HEADLINE]


def test_order_table_says_what_was_found_of_each_declared_order(board: Board) -> None:
    rows = read(tables.order_table(board))
    assert [(row["above"], row["below"], row["by"]) for row in rows] == [
        ("real-holdout", "sae-reconstruction", "overall"),
        ("real-holdout", "gaussian", "overall"),
        ("real-holdout", "wrong-prompt", "overall"),
        ("real-native", "real-holdout", "plateau width"),
        ("sae-reconstruction", "gaussian", "overall"),
        ("gaussian", "isotropic", "overall"),
    ]
    assert [row["order"] for row in rows] == [order.verdict for order in board.orders]
    assert all("[" in row["difference"] for row in rows)


def test_place_table_says_where_controls_of_known_realism_are_found(board: Board) -> None:
    rows = read(tables.place_table(board))
    assert [(row["control"], row["realism by construction"]) for row in rows] == [
        ("real-holdout", "1.00"),
        ("gaussian", "0.00"),
    ]
    for row, place in zip(rows, board.places, strict=True):
        assert row["found"] == formatting.interval(place.realism)
        assert float(row["p, real"]) == pytest.approx(place.test.pvalue, rel=0.1)
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


def test_what_a_row_keeps_and_reaches_is_shown_where_it_was_measured() -> None:
    seen = cells.inspection().model_copy(
        update={"generalisation": {"new": 9, "coverage_new": 0.25, "nearer": 1.5}}
    )
    mine = cells.whole_board(["mine"], seen=seen, record={"kept": 18432001})
    given = cells.whole_board(cells.FEW) + mine
    rows = {row["row"]: row for row in read(tables.inspection_table(built(given)))}
    assert (rows["mine"]["coverage new"], rows["mine"]["nearer"]) == ("0.250", "1.50")
    assert rows["mine"]["kept"] == "18,432,001"
    other = rows["gaussian (control)"]
    assert (other["coverage new"], other["kept"]) == ("", "")


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
    assert len(rows) == 2 * (len(board.rows) - 1)  # nothing is measured of wrong prompts
    line = next(
        row
        for row in rows
        if (row["metric"], row["path"], row["row"])
        == ("plateau_width", "scaled", "gaussian (control)")
    )
    each = row_of(board, "gaussian").metrics[CellName("plateau", "scaled")]["plateau_width"]
    assert each.percentile is not None
    assert line["mean ± sd"] == f"{each.mean:.3f} ± {each.sd:.3f}"
    assert line["distance ↓"] == formatting.measured(each.distance)
    assert line["real"] == formatting.measure(each.real_mean)
    assert line["floor"] == formatting.measure(each.d_floor)
    assert line["floor 95 %"] == formatting.measure(each.d_floor_upper)
    assert line["percentile ↓"] == f"{each.percentile:.0f}" == "100"
    assert line["KS ↓"] == f"{each.ks:.3f}"
    assert (line["censored"], line["n"]) == ("0 %", str(cells.BASES))
    gaps = [row for row in rows if row["metric"] == "kl_curve_gap"]
    assert {row["mean ± sd"] + row["KS ↓"] + row["censored"] for row in gaps} == {""}


def test_only_a_row_below_the_floor_s_95th_percentile_is_marked_indistinguishable(
    board: Board,
) -> None:
    for experiment in EXPERIMENTS:
        for line in read(tables.raw_table(board, experiment)):
            name = line["row"].removesuffix(" (control)")
            scores = row_of(board, name).metrics[CellName(experiment, line["path"])]
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
    assert len(rows) == 2 * (len(board.rows) - 2)
    assert list(rows[0])[2:] == ["kl_max_slope_step", "auc_step", "nonlinearity_step", "rise_width"]
    isotropic = next(row for row in rows if row["row"] == "isotropic (control)")
    assert re.fullmatch(r"\d+\.\d ± \d+\.\d \(\d+\.\d\)", isotropic["kl_max_slope_step"])


def test_reference_table_describes_every_draw_of_real(board: Board) -> None:
    rows = read(tables.reference_table(board))
    draws = (REFERENCE, *FLOORS)
    plateau = [row for row in rows if row["experiment"] == "plateau"]
    assert [(row["path"], row["row"]) for row in plateau] == [("scaled", row) for row in draws]
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
        *(tables.group_table(name, rows) for name, rows in tables.grouped(board).items()),
        tables.fails_table(board),
        tables.metric_table(board),
        tables.inspection_table(board),
        tables.archive_table(board),
        tables.raw_table(board, "plateau"),
        tables.secondary_table(board, "sensitivity"),
        tables.card_table(board),
    ]
    for table in shown:
        assert (formatting.escape(cells.HOSTILE) in table) is not table.startswith(
            "| rank   | control"
        )
        assert "<img" not in table
        assert not re.search(r"(?<!\\)[`*\[$]", table.replace(" [", " "))
        assert read(table)  # every line has the columns of the header
