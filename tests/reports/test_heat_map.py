from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from synact_bench.drawing.panels import png, style
from synact_bench.reports.grid import Grid, Standing, grid
from synact_bench.reports.heat_map import heat_map
from synact_bench.scoring import Estimate
from synact_bench.scoring.departure import displayed
from tests.helpers.boards import grid_boards


@pytest.fixture(scope="module")
def made() -> Grid:
    return grid(grid_boards())


def drawn(made: Grid) -> Figure:
    figure = heat_map(made)
    assert figure is not None
    return figure


def with_standing(made: Grid, name: str, standing: Standing) -> Grid:
    """The grid with another standing of a row on both testbeds."""
    rows = [
        replace(row, standings=dict.fromkeys(row.standings, standing)) if row.name == name else row
        for row in made.rows
    ]
    return replace(made, rows=tuple(rows))


def texts(figure: Figure) -> list[str]:
    return [each.get_text() for axes in figure.axes for each in axes.texts]


def test_every_row_and_testbed_has_a_cell_with_its_number(made: Grid) -> None:
    figure = drawn(made)
    panels = figure.axes[:3]
    images = [np.asarray(axes.images[0].get_array()) for axes in panels]
    assert [len(each) for each in images] == [6, 1, 5]
    values = [
        [np.nan if (found := row.standings[name].realism) is None else displayed(found.value)]
        for row in made.rows
        for name in ("shallow", "deep")
    ]
    np.testing.assert_array_equal(np.vstack(images).reshape(-1, 1), values)
    shown = texts(figure)
    assert len(shown) == 2 * len(made.rows)
    near = made.rows[[row.name for row in made.rows].index("near")].standings["shallow"]
    assert near.realism is not None
    assert f"{displayed(near.realism.value):.2f} ({near.rank})" in shown
    assert shown.count("-") == 1
    assert sum("*" in each for each in shown) == 1


def test_controls_and_tracks_stand_apart_under_the_names_of_the_testbeds(made: Grid) -> None:
    panels = drawn(made).axes[:3]
    labels = [[tick.get_text() for tick in axes.get_yticklabels()] for axes in panels]
    assert labels[1] == ["synthetic-structured"]
    assert all("(control)" in label for label in labels[2])
    assert not any("(control)" in label for label in labels[0])
    assert [tick.get_text() for tick in panels[0].get_xticklabels()] == ["shallow", "deep"]


def test_white_is_gaussian_and_the_ends_are_real_and_as_far_below(made: Grid) -> None:
    image: Any = drawn(made).axes[0].images[0]
    assert image.get_clim() == (-1.0, 1.0)
    red, green, blue, _ = image.cmap(image.norm(0.0))
    assert min(red, green, blue) > 0.95
    above, below = (np.array(image.cmap(image.norm(value))) for value in (1.0, -1.0))
    assert above[2] > above[0]  # purple
    assert below[0] > below[2]  # orange


def test_what_is_farther_than_the_gaussian_is_shown_above_minus_one(made: Grid) -> None:
    """Realism of -3 is a departure of 4, shown as 1/4 - 1."""
    figure = drawn(with_standing(made, "near", Standing(Estimate(-3.0), 9)))
    assert texts(figure).count("-0.75 (9)") == 2
    image = figure.axes[0].images[0]
    assert -0.75 in np.asarray(image.get_array())


def test_a_number_can_be_read_on_its_colour(made: Grid) -> None:
    for value, colour in ((0.95, "white"), (0.1, "black"), (-9.0, "white")):
        figure = drawn(with_standing(made, "near", Standing(Estimate(value), None)))
        (first, _) = [
            each
            for axes in figure.axes
            for each in axes.texts
            if each.get_text() == f"{displayed(value):.2f}"
        ]
        assert first.get_color() == colour


def test_equal_grids_give_equal_bytes(made: Grid) -> None:
    with style():
        assert png(drawn(made)) == png(drawn(grid(grid_boards())))


def test_without_a_number_there_is_nothing_to_draw(made: Grid) -> None:
    rows = tuple(
        replace(row, standings=dict.fromkeys(row.standings, Standing(None, None, reason="none")))
        for row in made.rows
    )
    assert heat_map(replace(made, rows=rows)) is None
