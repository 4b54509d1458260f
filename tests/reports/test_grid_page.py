from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from synact_bench.reports.board import Board
from synact_bench.reports.grid import Everywhere, Grid, Standing, grid
from synact_bench.reports.grid_page import (
    contents,
    overall_tables,
    page,
    printed,
    realism_table,
    verdict,
)
from synact_bench.reports.labels import labels
from synact_bench.scoring import Estimate
from synact_bench.testbeds import spec, suites
from tests.helpers import boards, cells
from tests.helpers.boards import built, grid_boards, row_of


@pytest.fixture(scope="module")
def made() -> Grid:
    return grid(grid_boards())


def lines(text: str, start: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.startswith(start)]


def on(board: Board, name: str, **facts: Any) -> Board:
    return replace(board, setting=replace(board.setting, testbed=name, **facts))


def test_the_table_has_realism_and_rank_on_every_testbed(made: Grid) -> None:
    table = realism_table(made)
    assert lines(table, "| row")[0] == (
        "| row | track | overall ↑ | rank | shallow ↑ | rank | deep ↑ | rank |"
    )
    (near,) = lines(table, "| near ")
    overall = next(row.overall for row in made.rows if row.name == "near")
    first, second = (row_of(board, "near") for board in grid_boards())
    values = [each.realism.estimate for each in (first, second)]
    assert values[0] is not None
    assert values[0].interval is not None
    low, high = values[0].interval
    shown = f"{values[0].value:.2f} [{low:.2f}, {high:.2f}]"
    assert near.startswith("| near | unconditional | ")
    assert f"] | {overall.rank} | {shown} | {first.rank} | " in near
    assert near.endswith(f"] | {second.rank} |")
    assert lines(table, "| echo ")[0].endswith("] | flagged |")
    assert lines(table, "| late ")[0].startswith("| late | unconditional | | | | | ")
    assert lines(table, "| gaussian ")[0].startswith(r"| gaussian (control) | control | ")


def test_means_come_first_with_what_each_testbed_gives_beside_them(made: Grid) -> None:
    tables = overall_tables(made)
    assert list(tables) == ["Unconditional", "Conditioned", "Controls"]
    first = tables["Unconditional"]
    assert lines(first, "| rank")[0] == "| rank | unconditional | overall ↑ | S | D |"
    rows = {row.name: row for row in made.rows}
    shown = [line.split("|")[2].strip() for line in first.splitlines()[2:]]
    assert set(shown) == {
        row.name for row in made.rows if row.track == "unconditional" and not row.control
    }
    ranks = [rows[name].overall.rank for name in shown]
    assert ranks == sorted(ranks, key=lambda rank: (rank is None, rank or 0))
    first = "\n".join(" ".join(line.split()) for line in first.splitlines())
    (echo,) = lines(first, "| | echo ")
    assert echo.endswith("† |")
    (late,) = lines(first, "| | late ")
    assert late.startswith("| | late | | | ")


def test_what_stands_before_the_details_is_narrow(made: Grid) -> None:
    first, details = page(made).split("## Realism by testbed")
    assert max(map(len, first.splitlines())) <= 100
    assert max(map(len, details.splitlines())) > 100
    assert max(map(len, printed(made).splitlines())) <= 100


def test_a_label_is_an_initial_and_the_layer_of_a_known_testbed(made: Grid) -> None:
    assert labels(made.columns) == {"shallow": "S", "deep": "D"}
    declared = spec.find("smollm2-135m-layer15")
    known = on(boards.few(), declared.identity, testbed_digest=declared.digest)
    pair = grid([known, on(boards.few(), "gemma@1")])
    assert labels(pair.columns) == {declared.name: "S15", "gemma": "G"}
    alike = grid([on(boards.few(), "one@1"), on(boards.few(), "other@1")])
    assert labels(alike.columns) == {"one": "T1", "other": "T2"}


def test_a_page_of_a_whole_suite_is_called_after_it() -> None:
    found = suites.suites()["bench"]
    declared = [spec.find(name) for name in found.testbeds]
    suite = [on(boards.few(), each.identity, testbed_digest=each.digest) for each in declared]
    assert page(grid(suite)).startswith("# Leaderboard: suite bench\n")
    strangers = [on(boards.few(), each.identity) for each in declared]
    assert page(grid(strangers)).startswith("# Leaderboard: 2 testbeds\n")


def test_a_row_farther_than_the_gaussian_is_shown_above_minus_one(made: Grid) -> None:
    far = Standing(Estimate(-3.0, np.full(100, -1.0)), 9)  # departures of 4 and 2
    rows = [
        replace(row, standings={**row.standings, "deep": far}) if row.name == "near" else row
        for row in made.rows
    ]
    (near,) = lines(realism_table(replace(made, rows=tuple(rows))), "| near ")
    assert near.endswith("| -0.75 [-0.50, -0.50] | 9 |")
    assert "realism@2" in page(made)


def test_the_page_says_why_a_rank_is_missing_and_who_turns_round(made: Grid) -> None:
    said = page(made)
    assert "- late on shallow: not measured" in said
    assert "- echo on deep: flagged: near-duplicate" in said
    assert "a control" not in said.split("### Why")[1].split("##")[0]
    assert "| shallow | near | deep | far |" in lines(said.split("### Reversals")[1], "|")
    assert said.startswith(
        "# Leaderboard: 2 testbeds\n\nPreset tiny: 24 bases x 51 points on each "
    )


def test_a_flagged_control_has_its_rule(made: Grid) -> None:
    rows = [
        replace(row, standings={**row.standings, "deep": flagged(row.standings["deep"])})
        if row.identity.name == "gaussian"
        else row
        for row in made.rows
    ]
    said = page(replace(made, rows=tuple(rows)))
    assert r"- gaussian (control) on deep: flagged: collapsed" in said


def flagged(standing: Standing) -> Standing:
    return replace(standing, flags=("collapsed",), reason="flagged: collapsed")


def test_a_pair_of_testbeds_has_its_correlation_and_counts(made: Grid) -> None:
    found = made.orders[0].agreement
    assert found.rho is not None
    compared = page(made).split("## Do the orders agree?")[1].split("###")[0]
    line = lines(compared, "| shallow")[0]
    numbers = [each.strip() for each in line.strip("|").split("|")][3:]
    assert numbers == [
        *(str(found.rows), f"{found.rho:.2f}", str(found.pairs)),
        *map(str, (*found.decided, found.both, len(found.reversals))),
    ]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Everywhere(0, 0, 0, 0), "No two rows of one track are ranked on every testbed."),
        (
            Everywhere(40, 12, 12, 0),
            "**Of 40 pairs of rows that every testbed ranks, 12 are decided on every testbed, all "
            "of them the same way round. No pair is decided one way on one testbed and the other "
            "way on another.**",
        ),
        (
            Everywhere(6, 3, 1, 2),
            "**Of 6 pairs of rows that every testbed ranks, 3 are decided on every testbed, 1 of "
            "them the same way round. 2 pairs are decided one way on one testbed and the other "
            "way on another.**",
        ),
        (
            Everywhere(1, 1, 0, 1),
            "**Of 1 pair of rows that every testbed ranks, 1 is decided on every testbed, none of "
            "them the same way round. 1 pair is decided one way on one testbed and the other way "
            "on another.**",
        ),
        (
            Everywhere(3, 0, 0, 0),
            "**Of 3 pairs of rows that every testbed ranks, none is decided on every testbed. No "
            "pair is decided one way on one testbed and the other way on another.**",
        ),
    ],
)
def test_the_verdict_is_a_plain_sentence(made: Grid, found: Everywhere, said: str) -> None:
    assert verdict(replace(made, everywhere=found)) == said


def test_testbeds_that_agree_have_no_section_of_reversals() -> None:
    board = grid_boards()[0]
    said = page(grid([on(board, "a@1"), on(board, "b@1")]))
    assert "### Reversals" not in said
    assert "No pair is decided one way" in said


def test_a_built_in_testbed_says_where_it_writes_and_another_what_its_board_holds() -> None:
    declared = spec.find("smollm2-135m")
    built_in = on(boards.few(), declared.identity, testbed_digest=declared.digest)
    changed = on(boards.few(), "smollm2-135m-random@1", tau=3.5)
    facts = page(grid([built_in, changed])).split("## Testbeds")[1]
    (known,) = lines(facts, "| smollm2-135m@1")
    assert "| blocks.1.hook\\_resid\\_pre | blocks.29.hook\\_resid\\_post | 10 of 10 | 60 " in known
    (other,) = lines(facts, "| smollm2-135m-random@1")
    assert "| | | | 60 | 3.5 | release 0 | 24 |" in other


def test_names_cannot_break_the_page() -> None:
    board = built([*cells.whole_board(cells.FEW), *cells.hostile()])
    said = page(grid([on(board, "a@1"), on(board, f"b{cells.HOSTILE}@1")]))
    assert "<img" not in said
    tables = [part for part in said.split("\n\n") if part.startswith("|")]
    assert len(tables) == 4  # two of means; the hostile row is flagged: there is no order
    for table in tables:
        bars = {line.replace(r"\|", "").count("|") for line in table.splitlines()}
        assert len(bars) == 1
    assert sum("img" in table for table in tables) == 3


def test_the_files_are_the_same_every_time(made: Grid) -> None:
    files = contents(made)
    assert set(files) == {"LEADERBOARD.md", "scores.json", "figures/overall.png"}
    assert files == contents(grid(grid_boards()))
    assert files["LEADERBOARD.md"].decode() == page(made)
    assert "](figures/overall.png)" in page(made)
    assert files["scores.json"].decode() == made.to_json()


def test_without_a_number_there_is_no_figure() -> None:
    board = built(cells.whole_board(cells.FEW, experiments=["plateau"]))
    empty = grid([on(board, "a@1"), on(board, "b@1")])
    assert set(contents(empty)) == {"LEADERBOARD.md", "scores.json"}
    assert "overall.png" not in page(empty)


def test_of_too_few_documents_the_page_has_no_number() -> None:
    given = cells.whole_board([*cells.FEW, "mine"], documents=8, seen=cells.inspection("echo"))
    found = grid([on(built(given), f"{name}@1") for name in "ab"])
    shown = page(found)
    assert "\n\n**24 prompts: it runs; nothing can be read off.**\n\n" in shown
    assert lines(realism_table(found), "| mine ") == ["| mine | unconditional | | | | | | |"]
    assert "too few documents" in shown
    assert list(contents(found)) == ["LEADERBOARD.md", "scores.json"]
