from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from synact_bench.core.errors import RecordError
from synact_bench.reports.board import Board
from synact_bench.reports.boards import together
from synact_bench.reports.grid import Grid, GridRow, grid
from synact_bench.reports.grid_terms import SHARED
from synact_bench.results import pack
from synact_bench.results.packed_testbeds import PackedTestbeds
from synact_bench.results.record import CellIdentity
from synact_bench.scoring.ranking import comparisons
from tests.helpers import cells
from tests.helpers.boards import REPLICATES, built, grid_boards, row_of


@pytest.fixture(scope="module")
def boards() -> tuple[Board, Board]:
    return grid_boards()


@pytest.fixture(scope="module")
def made(boards: tuple[Board, Board]) -> Grid:
    return grid(boards)


def row(made: Grid, name: str) -> GridRow:
    return next(row for row in made.rows if row.name == name)


def on(board: Board, name: str, **facts: Any) -> Board:
    """The board with another testbed's name and other facts of its setting."""
    return replace(board, setting=replace(board.setting, testbed=name, **facts))


def test_rows_stand_by_track_in_the_order_of_the_first_testbed(
    made: Grid, boards: tuple[Board, Board]
) -> None:
    assert [column.name for column in made.columns] == ["shallow", "deep"]
    names = [row.name for row in made.rows]
    first = [each.name for each in boards[0].rows if each.realism.estimate]
    assert [name for name in names if name != "late"] == first
    assert names.index("late") == names.index("synthetic-structured") - 1
    assert [row.group for row in made.rows] == sorted(row.group for row in made.rows)
    assert {row.name for row in made.rows if row.control} == {
        *("gaussian", "isotropic", "real-holdout", "sae-reconstruction", "wrong-prompt")
    }


def test_a_row_has_its_realism_and_rank_on_every_testbed(
    made: Grid, boards: tuple[Board, Board]
) -> None:
    for board, column in zip(boards, made.columns, strict=True):
        for each in board.rows:
            if each.realism.estimate is None:
                continue
            standing = row(made, each.name).standings[column.name]
            assert standing.realism is each.realism.estimate
            assert standing.rank == each.rank


def test_a_row_without_a_rank_says_why(made: Grid) -> None:
    reasons = {
        (row.name, name): each.reason
        for row in made.rows
        for name, each in row.standings.items()
        if each.reason is not None and not row.control
    }
    assert reasons == {
        ("echo", "deep"): "flagged: near-duplicate",
        ("late", "shallow"): "not measured",
        ("synthetic-structured", "shallow"): "no other row of its track to rank",
        ("synthetic-structured", "deep"): "no other row of its track to rank",
    }
    assert row(made, "gaussian").standings["deep"].reason == "a control"
    assert all((each.rank is None) == (each.reason is not None) for each in standings(made))


def standings(made: Grid):
    return [each for row in made.rows for each in row.standings.values()]


def test_too_few_documents_rank_nothing() -> None:
    given = cells.whole_board([*cells.FEW, "mine"], documents=8)
    made = grid([on(built(given), "a@1"), on(built(given), "b@1")])
    assert {each.reason for each in standings(made)} == {"too few documents"}
    assert {each.realism for each in standings(made)} == {None}
    assert made.orders == ()
    assert (made.everywhere.pairs, made.everywhere.reversed) == (0, 0)


def test_a_row_that_lacks_cells_names_them(boards: tuple[Board, Board]) -> None:
    given = cells.whole_board([*cells.FEW, "near"])
    names = ("near", "matched")
    kept = [each for each in given if _names(each.record.identity) != names]
    assert len(kept) == len(given) - 1
    reason = row(grid([boards[0], built(kept)]), "near").standings["toy"].reason
    assert reason is not None
    assert "sensitivity/matched" in reason


def _names(identity: CellIdentity) -> tuple[str, str]:
    return identity.generator.name, identity.path.partition("@")[0]


def test_the_mean_over_testbeds_is_of_paired_replicates() -> None:
    rows = ("near", "mid", "far")
    with pytest.MonkeyPatch.context() as patch:
        for name, centre in {"near": 0.52, "mid": 0.58, "far": 0.66}.items():
            patch.setitem(cells.CENTRES, name, centre)
        given = {
            name: cells.whole_board([*cells.FEW, *rows], testbed=f"{name}@1") for name in ("a", "b")
        }
    boards = together(given, replicates=REPLICATES)
    made = grid(boards)
    for name in rows:
        found = row(made, name)
        own = [each.realism for each in found.standings.values()]
        assert found.overall.realism is not None
        assert None not in own
        values, replicates = ([getattr(e, what) for e in own] for what in ("value", "replicates"))
        assert found.overall.realism.value == pytest.approx(np.mean(values))
        np.testing.assert_allclose(found.overall.realism.replicates, np.mean(replicates, axis=0))
        # The same cells on both testbeds: nothing is known better of two than of one.
        np.testing.assert_allclose(*replicates)
    assert [row(made, name).overall.rank for name in rows] == [1, 2, 3]


def test_testbeds_in_packs_are_averaged_as_those_in_memory(tmp_path: Path) -> None:
    """Of other documents each, which every board's bootstrap draws from."""
    given = {
        name: cells.whole_board([*cells.FEW, "mine", "other"], testbed=f"{name}@1", documents=many)
        for name, many in {"a": 24, "b": 22}.items()
    }
    for name, own in given.items():
        pack.save(own, tmp_path / f"{name}.parquet")
    packed = PackedTestbeds([tmp_path / f"{name}.parquet" for name in given])
    found, expected = (together(each, replicates=REPLICATES) for each in (packed, given))
    assert [each.to_json() for each in found] == [each.to_json() for each in expected]
    assert grid(found).to_json() == grid(expected).to_json()


def test_condensed_boards_say_the_same_and_keep_what_is_averaged(
    boards: tuple[Board, Board], made: Grid
) -> None:
    condensed = [each.condensed() for each in boards]
    assert [each.to_json() for each in condensed] == [each.to_json() for each in boards]
    assert grid(condensed).to_json() == made.to_json()
    for row, whole in zip(condensed[0].rows, boards[0].rows, strict=True):
        assert row.realism is whole.realism
        for cell, each in row.score.cells.items():
            assert len(whole.score.cells[cell].rho.replicates) == REPLICATES
            assert len(each.rho.replicates) == len(each.null) == 0
            assert each.rho.interval == whole.score.cells[cell].rho.interval
        enough = [one.enough for own in row.metrics.values() for one in own.values()]
        assert enough == [one.enough for own in whole.metrics.values() for one in own.values()]


def test_replicates_are_over_the_documents_of_all_testbeds() -> None:
    given = {
        "a": cells.whole_board([*cells.FEW, "mine"], testbed="a@1"),
        "b": cells.whole_board([*cells.FEW, "mine"], testbed="b@1", documents=21),
    }
    alone = [len(built(each).rows[0].realism.estimate.replicates) for each in given.values()]
    first, second = together(given, replicates=REPLICATES)
    assert (first.documents, second.documents) == (24, 21)
    assert first.replicates == second.replicates == alone[0]
    whole, part = (row_of(each, "mine").realism.estimate for each in (first, second))
    own = row_of(built(given["b"]), "mine").realism.estimate
    assert whole is not None
    assert part is not None
    assert own is not None
    assert part.value == own.value
    assert not np.array_equal(part.replicates, own.replicates)


def test_few_documents_of_each_testbed_are_not_many() -> None:
    given = {}
    for name in "abc":
        own = cells.whole_board([*cells.FEW, "mine"], testbed=f"{name}@1", documents=8)
        given[name] = [
            replace(
                each,
                table=replace(
                    each.table, document=tuple(f"{name} {one}" for one in each.table.document)
                ),
            )
            for each in own
        ]
    boards = together(given, replicates=REPLICATES)
    assert {board.replicates for board in boards} == {0}
    made = grid(boards)
    assert {each.realism for each in standings(made)} == {None}
    assert {row.overall.realism for row in made.rows} == {None}


def test_a_row_that_is_not_measured_everywhere_has_no_mean(made: Grid) -> None:
    late = row(made, "late").overall
    assert (late.realism, late.rank) == (None, None)
    assert late.reason == "measured on 1 of 2 testbeds"


def test_a_row_that_is_flagged_anywhere_is_not_ranked_by_its_mean(made: Grid) -> None:
    echo = row(made, "echo").overall
    assert echo.realism is not None
    assert (echo.rank, echo.flags, echo.reason) == (
        *(None, ("near-duplicate",), "flagged: near-duplicate"),
    )
    assert row(made, "gaussian").overall.reason == "a control"
    alone = row(made, "synthetic-structured").overall
    assert alone.reason == "no other row of its track to rank"


def test_orders_are_compared_within_a_track_over_rows_that_both_rank(
    made: Grid, boards: tuple[Board, Board]
) -> None:
    (unconditional,) = made.orders  # there is one conditioned row, and no order of one
    assert unconditional.track == "unconditional"
    assert (unconditional.first, unconditional.second) == ("shallow", "deep")
    common = ["synthetic-structured-other", "near", "mid", "far"]
    values = [[row_of(board, name).realism.value for name in common] for board in boards]
    assert unconditional.agreement.rows == len(common)
    assert unconditional.agreement.rho == pytest.approx(spearmanr(*values).statistic)
    departures = [[1 - (value or 0) for value in own] for own in values]
    assert unconditional.agreement.rho == pytest.approx(spearmanr(*departures).statistic)


def test_pairs_are_decided_as_each_board_decides_them(
    made: Grid, boards: tuple[Board, Board]
) -> None:
    """Counted again, from the boards' own ranked rows."""
    better = []
    for board in boards:
        ranked = {
            each.name: each.realism.estimate
            for each in board.rows
            if each.rank is not None and each.card.track == "unconditional"
        }
        assert None not in ranked.values()
        better.append({frozenset((p.first, p.second)): p.better for p in comparisons(ranked)})
    common = better[0].keys() & better[1].keys()
    first, second = ({pair: own[pair] for pair in common} for own in better)
    found = made.orders[0].agreement
    assert found.pairs == len(common) == made.everywhere.pairs == 6
    assert found.decided == tuple(
        sum(name is not None for name in own.values()) for own in (first, second)
    )
    both = [pair for pair in common if first[pair] and second[pair]]
    assert found.both == len(both) == made.everywhere.decided
    alike = [pair for pair in both if first[pair] == second[pair]]
    assert made.everywhere.alike == len(alike) > 0
    assert made.everywhere.reversed == len(both) - len(alike) > 0
    assert {frozenset((each.first, each.second)) for each in found.reversals} == set(both) - set(
        alike
    )


def test_a_reversal_names_who_is_better_where(made: Grid) -> None:
    found = {(each.first, each.second) for each in made.orders[0].agreement.reversals}
    assert ("near", "far") in found
    assert ("far", "near") not in found


def test_equal_testbeds_agree_whole(boards: tuple[Board, Board]) -> None:
    made = grid([on(boards[0], name) for name in ("a@1", "b@1", "c@2")])
    pairs = list(combinations("abc", 2))
    assert [(each.first, each.second) for each in made.orders] == pairs
    for each in made.orders:
        assert each.agreement.rho == pytest.approx(1)
        assert each.agreement.reversals == ()
    found = made.everywhere
    assert found.reversed == 0
    assert 0 < found.decided == found.alike <= found.pairs


def test_a_pair_reversed_on_two_of_three_testbeds_counts_once(boards: tuple[Board, Board]) -> None:
    made = grid([*boards, on(boards[1], "again@1")])
    assert made.everywhere.reversed == grid(boards).everywhere.reversed
    assert made.everywhere.decided == grid(boards).everywhere.decided


def test_only_the_rows_asked_for_are_shown_and_ranked(boards: tuple[Board, Board]) -> None:
    made = grid(boards, rows=["near", "far", "real"])
    shown = {row.name for row in made.rows if not row.control}
    assert shown == {"near", "far"}
    assert {row.name for row in made.rows if row.control} >= {"gaussian", "real-holdout"}
    assert [row(made, name).standings["shallow"].rank for name in ("near", "far")] == [1, 2]
    assert [row(made, name).standings["deep"].rank for name in ("near", "far")] == [2, 1]
    assert made.everywhere.pairs == 1


@pytest.mark.parametrize("names", [(), ("a@1",), ("a@1", "a@2")])
def test_a_grid_needs_two_testbeds(names: tuple[str, ...], boards: tuple[Board, Board]) -> None:
    with pytest.raises(RecordError, match="needs two testbeds or more"):
        grid([on(boards[0], name) for name in names])


@pytest.mark.parametrize("fact", SHARED)
def test_testbeds_must_be_measured_the_same_way(fact: str, boards: tuple[Board, Board]) -> None:
    changed = ("other@9",) if isinstance(getattr(boards[0].setting, fact), tuple) else "other"
    with pytest.raises(RecordError) as refused:
        grid([boards[0], on(boards[1], "deep@1", **{fact: changed})])
    said = str(refused.value)
    assert said.startswith(f"testbeds shallow and deep: {fact}: ")
    assert "other" in said
    assert "measure both the same way" in said


def test_testbed_seed_and_facts_may_differ(boards: tuple[Board, Board]) -> None:
    other = on(boards[1], "deep@7", seed=3, split="own", tau=1.0, absolute_length=2.0)
    assert grid([boards[0], other]).everywhere == grid(boards).everywhere


@pytest.mark.parametrize(
    "changed", [{"version": "2"}, {"parameters": {"dose": 1.0}}, {"source_digest": "e" * 64}]
)
def test_a_row_must_be_one_generator(changed: dict[str, Any], boards: tuple[Board, Board]) -> None:
    first, second = boards
    other = row_of(second, "near")
    other = replace(other, identity=other.identity.model_copy(update=changed))
    rows = tuple(other if each.name == "near" else each for each in second.rows)
    with pytest.raises(RecordError, match=r"of near is .* it is not the same generator") as refused:
        grid([first, replace(second, rows=rows)])
    assert str(refused.value).startswith("testbeds shallow and deep: ")


def test_equal_grids_have_equal_json_and_a_mark_of_what_was_chosen(
    made: Grid, boards: tuple[Board, Board]
) -> None:
    again = grid(boards)
    assert (again.to_json(), again.mark) == (made.to_json(), made.mark)
    marks = {made.mark, grid(boards, rows=["near"]).mark, grid(boards[::-1]).mark}
    assert len(marks) == 3
    found = json.loads(made.to_json())
    assert [each["setting"]["testbed"] for each in found["columns"]] == ["shallow@1", "deep@1"]
    assert found["orders"][0]["agreement"]["pairs"] == 6
    assert set(found["rows"][0]["standings"]["deep"]["realism"]) == {"value", "low", "high"}
