from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.errors import RecordError
from synact_bench.results import pack
from synact_bench.results.packed_testbeds import PackedTestbeds
from synact_bench.site.suites import ALONE, measured, measured_packs, slug
from synact_bench.site.terms import APART, Terms, in_words, telling
from tests.helpers import cells
from tests.helpers.boards import REPLICATES, short_floors


@given(st.text(min_size=1, max_size=300))
def test_a_slug_is_a_name_of_a_file_and_nothing_else(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,60}", slug(name))


@given(st.lists(st.text(min_size=1), min_size=2, max_size=5, unique=True))
def test_different_names_have_different_slugs(names: list[str]) -> None:
    assert len(set(map(slug, names))) == len(names)


def test_a_plain_name_stays_as_it_is() -> None:
    assert slug("synthetic-structured.2") == "synthetic-structured.2"
    assert slug("../Evil") != "../Evil"


@given(st.text(min_size=1, max_size=80))
def test_no_name_is_taken_for_the_slug_of_another(name: str) -> None:
    made = slug(name)
    assert made == name or slug(made) != made


@pytest.mark.parametrize("name", ["con", "nul.a", "com1", "dot.", "a-0123abcd", "0123abcd"])
def test_a_name_that_no_file_can_have_everywhere_is_given_a_digest(name: str) -> None:
    assert re.fullmatch(r".*-?[0-9a-f]{8}", slug(name))
    assert slug(name) != name


def test_boards_measured_alike_are_averaged_and_others_stand_apart() -> None:
    given_cells = [
        *cells.whole_board(cells.FEW, testbed="b@1"),
        *cells.whole_board(cells.FEW, testbed="a@1"),
        *cells.whole_board(cells.FEW, testbed="b@1", bases=26),
    ]
    with short_floors():
        several, alone = measured(given_cells, replicates=REPLICATES).suites
    assert [each.key for each in several.boards] == ["a", "b-24"]
    assert [each.title for each in several.boards] == ["a", "b (24 bases)"]
    assert several.grid is not None
    assert (alone.boards[0].title, alone.grid, alone.apart) == ("b (26 bases)", None, ALONE)


def test_why_boards_cannot_be_averaged_is_said() -> None:
    given_cells = [
        *cells.whole_board(cells.FEW, testbed="a@1"),
        *cells.whole_board(cells.FEW, testbed="b@1", version="2"),
    ]
    with short_floors():
        (suite,) = measured(given_cells, replicates=REPLICATES).suites
    assert suite.grid is None
    assert "the version of gaussian is 1 on the first, 2 on the second" in suite.apart


def test_what_is_measured_on_other_terms_has_another_title() -> None:
    given_cells = [
        *cells.whole_board(cells.FEW, testbed="a@1"),
        *cells.whole_board(cells.FEW, testbed="b@1"),
        *cells.whole_board(cells.FEW, testbed="a@1", seed=1),
        *cells.whole_board(cells.FEW, testbed="b@1", seed=1),
        *cells.whole_board(cells.FEW, testbed="b@1", seed=1, dtype="mixed"),
    ]
    with short_floors():
        suites = measured(given_cells, replicates=REPLICATES).suites
    alike = "2 testbeds measured alike, preset tiny"
    assert [each.title for each in suites[:2]] == [f"{alike}, seed 0", f"{alike}, seed 1"]
    boards = [each for suite in suites for each in suite.boards]
    assert [each.title for each in boards] == [
        "a (seed 0)",
        "b (seed 0, float32)",
        "a (seed 1)",
        "b (seed 1, float32)",
        "b (seed 1, mixed)",
    ]
    assert len({each.key for each in boards}) == len({each.key for each in suites} | {0, 1}) == 5


def test_few_fields_tell_terms_apart() -> None:
    one = Terms("tiny", 24, 24, 51, 0, "test", "float32", "adaptive")
    assert telling([one]) == []
    larger = one._replace(preset="large", bases=400, refined=100)
    assert telling([one, larger]) == ["bases"]
    assert telling([one, larger, larger._replace(seed=1)]) == ["bases", "seed"]
    assert in_words(larger, ["bases", "seed"]) == "400 bases, seed 0"
    assert set(Terms._fields) == set(APART)


def test_a_testbed_of_which_all_is_archived_has_no_board() -> None:
    given_cells = [
        *cells.whole_board(cells.FEW, testbed="a@1"),
        *cells.whole_board(cells.FEW, testbed="b@1", design="older@0"),
    ]
    with short_floors():
        suites, archive = measured(given_cells, replicates=REPLICATES)
    assert [each.key for suite in suites for each in suite.boards] == ["a"]
    assert {each.row.name for each in archive} == set(cells.FEW)
    assert {each.board for each in archive} == {None}
    with pytest.raises(RecordError, match="definitions that have changed since"):
        measured(given_cells[len(given_cells) // 2 :])


def test_packs_are_grouped_as_their_cells_are(tmp_path: Path) -> None:
    parts = [
        cells.whole_board(cells.FEW, testbed="a@1"),
        cells.whole_board(["near"], testbed="a@1"),
        [
            *cells.whole_board(cells.FEW, testbed="b@1"),
            *cells.whole_board(cells.FEW, testbed="b@1", seed=1, design="older@0"),
            *cells.whole_board(cells.FEW, testbed="c@1", design="older@0"),
        ],
    ]
    places = [tmp_path / f"{number}.parquet" for number in range(len(parts))]
    for place, part in zip(places, parts, strict=True):
        pack.save(part, place)
    with short_floors():
        held = measured([each for part in parts for each in part], replicates=REPLICATES)
        read = measured_packs(PackedTestbeds(places), replicates=REPLICATES)
    for one, other in zip(held.suites, read.suites, strict=True):
        assert (one.key, one.title, one.terms) == (other.key, other.title, other.terms)
        assert [(each.key, each.title) for each in one.boards] == [
            (each.key, each.title) for each in other.boards
        ]
        assert [each.board.to_json() for each in one.boards] == [
            each.board.to_json() for each in other.boards
        ]
        assert [each.facts.rows for each in one.boards] == [
            each.facts.rows for each in other.boards
        ]
    assert [each.row for each in held.archive] == [each.row for each in read.archive]
    assert {each.row.testbed for each in read.archive} == {"b@1", "c@1"}
    (only,) = places[2:]
    outdated = PackedTestbeds([only]).only({"c": None})
    with pytest.raises(RecordError, match="definitions that have changed since"):
        measured_packs(outdated)


def test_no_cell_is_no_site() -> None:
    with pytest.raises(RecordError, match="there is no cell"):
        measured([])
    with pytest.raises(RecordError, match="there is no cell"):
        measured_packs(PackedTestbeds([]))
