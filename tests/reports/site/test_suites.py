from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.errors import RecordError
from synact_bench.reports.site.suites import ALONE, measured, slug
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


def test_boards_measured_alike_are_averaged_and_others_stand_apart() -> None:
    given_cells = [
        *cells.whole_board(cells.FEW, testbed="b@1"),
        *cells.whole_board(cells.FEW, testbed="a@1"),
        *cells.whole_board(cells.FEW, testbed="b@1", bases=26),
    ]
    with short_floors():
        several, alone = measured(given_cells, replicates=REPLICATES)
    assert [each.key for each in several.boards] == ["b-24", "a"]
    assert [each.title for each in several.boards] == ["b (24 bases)", "a"]
    assert several.grid is not None
    assert (alone.boards[0].title, alone.grid, alone.apart) == ("b (26 bases)", None, ALONE)


def test_why_boards_cannot_be_averaged_is_said() -> None:
    given_cells = [
        *cells.whole_board(cells.FEW, testbed="a@1"),
        *cells.whole_board(cells.FEW, testbed="b@1", version="2"),
    ]
    with short_floors():
        (suite,) = measured(given_cells, replicates=REPLICATES)
    assert suite.grid is None
    assert "the version of gaussian is 1 on the first, 2 on the second" in suite.apart


def test_no_cell_is_no_site() -> None:
    with pytest.raises(RecordError, match="there is no cell"):
        measured([])
