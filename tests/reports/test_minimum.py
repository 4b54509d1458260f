from __future__ import annotations

import pytest

from synact_bench.core.errors import SynactError
from synact_bench.reports import board
from synact_bench.reports.board import Board
from synact_bench.reports.minimum import PARTS, Limit, shortfalls
from synact_bench.reports.scored_cells import MATCHED, PLATEAU, RELATIVE, WANTED
from synact_bench.scoring.departure import displayed
from tests.helpers.cells import whole_board

ROW = "synthetic-structured"


@pytest.fixture(scope="module")
def made() -> Board:
    return board.build(whole_board())


def test_parts_are_the_whole_its_experiments_and_its_paths() -> None:
    assert PARTS == {
        "overall": WANTED,
        "sensitivity": (RELATIVE, MATCHED),
        "plateau": (PLATEAU,),
        "relative": (RELATIVE,),
        "matched": (MATCHED,),
        "scaled": (PLATEAU,),
    }


@pytest.mark.parametrize("part", PARTS)
def test_the_number_of_the_board_is_compared(made: Board, part: str) -> None:
    (row,) = [each for each in made.rows if each.name == ROW]
    score = row.score
    printed = {
        "overall": score.overall,
        **score.by_experiment,
        "relative": score.parts["relative"],
        "matched": score.parts["matched"],
        "scaled": score.parts["plateau"],
    }[part]
    assert printed.value is not None
    assert printed.estimate is not None
    assert printed.estimate.interval is not None
    value = round(displayed(printed.value), 4)
    # The lower end of the interval is below the value, and does not count.
    assert displayed(printed.estimate.interval[0]) < value
    assert shortfalls(made, [Limit(part, value)], [ROW]) == []
    (found,) = shortfalls(made, [Limit(part, value + 1e-4)], [ROW])
    low, high = map(displayed, printed.estimate.interval)
    assert str(found) == (
        f"{ROW}: realism of {part} is {value:.4f} [{low:.2f}, {high:.2f}], below {value + 1e-4:g}"
    )


def test_every_row_is_held_to_every_limit(made: Board) -> None:
    limits = [Limit("plateau", 1.0), Limit("overall", -0.99)]
    found = shortfalls(made, limits, [ROW, "isotropic"])
    assert [(each.row, each.limit) for each in found] == [
        (ROW, limits[0]),
        ("isotropic", limits[0]),
    ]


def test_what_has_no_realism_falls_short(made: Board) -> None:
    lines = [str(each) for each in shortfalls(made, [Limit("overall", 0.1)], ["real-native", "no"])]
    assert lines[0].startswith("real-native: no realism of overall (no cell: sensitivity/")
    assert lines[1] == "no: no realism of overall (not on the board), at least 0.1 asked"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("plateau", "--min plateau: is not PART=REALISM; give one such as plateau=0.3"),
        ("plato=0.3", "--min plato=0.3: there is no part 'plato' of a score; known: overall, "),
        ("plateau=", "--min plateau=: '' is not a realism; give a number above -1 and at most 1"),
        ("plateau=high", "'high' is not a realism"),
        ("plateau=nan", "'nan' is not a realism"),
        ("plateau=1.01", "'1.01' is not a realism"),
        ("plateau=-1", "'-1' is not a realism"),
    ],
)
def test_what_is_no_limit_is_refused(text: str, message: str) -> None:
    with pytest.raises(SynactError) as refused:
        Limit.parse(text, option="--min")
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("text", "limit"),
    [("plateau=0.3", Limit("plateau", 0.3)), ("overall=-0.5", Limit("overall", -0.5))],
)
def test_a_limit_is_read(text: str, limit: Limit) -> None:
    assert Limit.parse(text, option="--min") == limit
