from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from benchmarks.board_changes import KINDS, PAIRS, WORDS, changes, decided, kind_of, leaves
from synact_bench.core.experiments import HOLDOUT
from synact_bench.reports.board import Board, BoardRow
from synact_bench.scoring import Estimate
from tests.helpers import boards, cells

ROWS = (*cells.FEW, HOLDOUT, "isotropic", "synthetic-structured-other", "mine")
"""Two of one track among them."""


@pytest.fixture(scope="module")
def board() -> Board:
    return boards.built(cells.whole_board(ROWS))


def with_row(board: Board, name: str, **fields: Any) -> Board:
    """The board with other fields of one row."""
    rows = [dataclasses.replace(row, **fields) if row.name == name else row for row in board.rows]
    return dataclasses.replace(board, rows=tuple(rows))


def row_of(board: Board, name: str) -> BoardRow:
    return next(row for row in board.rows if row.name == name)


def test_a_board_differs_from_itself_by_nothing(board: Board) -> None:
    found = changes(board, board)
    assert {*found} == {PAIRS, WORDS} | {kind.name for kind in KINDS}
    assert not any(found.values())


def test_every_number_of_a_score_has_a_kind(board: Board) -> None:
    found = leaves(board)
    assert {kind_of(place) for place in found} == {*KINDS}
    rest = [place for place, leaf in found.items() if isinstance(leaf, float)]
    rest = [place for place in rest if kind_of(place) == KINDS[-1]]
    assert rest
    assert all(re.match(r"setting/|places/\d/expected|.*/inspections/", place) for place in rest)
    assert kind_of("rows/a/score/cells/plateau/scaled/rho/low").name == "rho of a cell, ends"
    assert kind_of("tracks/conditioned/parts/relative/detectable").name == "MDE of realism"
    assert kind_of("tracks/conditioned/parts/relative/ranks/a").name == "ranks"


def test_the_largest_change_of_each_kind_is_found(board: Board) -> None:
    row = row_of(board, "isotropic")
    value = row.distances["plateau_width"]
    low, high = value.interval or (0.0, 0.0)
    moved = Estimate(value.value + (high - low) / 4, value.replicates)
    distances = {**row.distances, "plateau_width": moved}
    score = dataclasses.replace(row.score, unscaled=(row.score.unscaled or 0) - 0.25)
    found = changes(board, with_row(board, row.name, distances=distances, score=score))
    assert found.pop("metrics, distance (width)") == pytest.approx(0.25, rel=1e-4)
    assert found.pop("1 - sqrt(H)") == pytest.approx(0.25, rel=1e-4)
    assert not any(found.values())


def test_other_ranks_and_words_are_counted(board: Board) -> None:
    row = row_of(board, "mine")
    assert row.rank is not None
    found = changes(board, with_row(board, row.name, rank=row.rank + 3, kept=7))
    assert found.pop("ranks") == 1
    assert found.pop(WORDS) == 1  # a number where there was none
    assert not any(found.values())


def test_pairs_are_those_that_ranks_count(board: Board) -> None:
    found = decided(board)
    for track, ranking in board.tracks.items():
        for name, rank in ranking.overall.ranks.items():
            better = [each for each in found if each[:2] == (track, "overall") and each[3] == name]
            assert rank == 1 + len(better)


def test_a_pair_that_is_no_longer_told_apart_is_counted(board: Board) -> None:
    before = decided(board)
    assert before
    alone = dataclasses.replace(board, tracks={})
    assert changes(board, alone)[PAIRS] == len(before)
