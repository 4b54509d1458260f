from __future__ import annotations

from itertools import combinations

import pytest

from synact_bench.core.errors import SynactError
from synact_bench.drawing.palette import (
    COLOURS,
    COMPARED,
    GAUSSIAN_LINE,
    MARKS,
    REAL,
    REAL_LINE,
    Stroke,
    strokes_of,
)

LINES = (REAL_LINE, GAUSSIAN_LINE, *COMPARED)
GROUNDS = ("#ffffff", "#14171a")
"""Of figures and the light site; of the dark one."""


def luminance(colour: str) -> float:
    """Relative, as the accessibility guidelines define it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    low, high = sorted(map(luminance, (first, second)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_known_pairs() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("line", LINES, ids=lambda line: line.colour)
def test_every_line_is_seen_on_light_and_dark(line: Stroke, ground: str) -> None:
    assert contrast(line.colour, ground) >= 3


def test_no_two_generators_differ_by_colour_alone() -> None:
    assert all(a.colour != b.colour and a.dash != b.dash for a, b in combinations(COMPARED, 2))
    assert REAL_LINE.dash != GAUSSIAN_LINE.dash


def test_no_two_kinds_of_row_differ_by_colour_alone() -> None:
    assert COLOURS.keys() == MARKS.keys()
    assert len({*COLOURS.values(), REAL}) == len(COLOURS) + 1
    assert len({*MARKS.values()}) == len(MARKS)
    assert all(contrast(colour, "#ffffff") >= 3 for colour in COLOURS.values())


def test_real_and_gaussian_keep_their_lines_beside_any_rows() -> None:
    found = strokes_of(["real", "a", "gaussian", "b", "a"])
    assert [*found] == ["real", "a", "gaussian", "b"]
    assert (found["real"], found["gaussian"]) == (REAL_LINE, GAUSSIAN_LINE)
    assert (found["a"], found["b"]) == COMPARED[:2]


def test_more_rows_than_can_be_told_apart_are_refused() -> None:
    names = [f"row-{each}" for each in range(len(COMPARED) + 1)]
    assert len(strokes_of([*names[1:], "real", "gaussian"])) == len(COMPARED) + 2
    with pytest.raises(SynactError, match=f"name at most {len(COMPARED)}"):
        strokes_of(names)
