from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from synact_bench.core.experiments import REFERENCE
from synact_bench.site import collect, render, suites
from synact_bench.site.drawn import Band, CellCurves, CurveFile, RowCurves, TellingBase
from synact_bench.site.pictures import FOOT, LEFT, RIGHT, TOP, pictures, telling
from tests.helpers import boards, cells
from tests.helpers.sites import toy
from tests.site.test_render import Page, target


@cache
def static() -> dict[str, bytes]:
    """The toy site without the plotting library."""
    return render.contents(toy(), None)


def test_without_the_library_no_page_asks_for_a_file_that_is_not_there() -> None:
    pages = {name: Page(each.decode()) for name, each in static().items() if name.endswith(".html")}
    urls = tuple(render.project_urls().values())
    assert "index.html" in pages
    assert "compare.html" not in pages
    for name, page in pages.items():
        assert page.open == [], name
        assert page.inline == [], name
        for place in page.loaded:
            assert place == "data:," or target(name, place) in static(), (name, place)
        for href in page.links:
            there = href.startswith(("#", *urls)) or target(name, href) in static()
            assert there, (name, href)
    assert not any("uPlot" in name or name.startswith("data/") for name in static())


def test_every_row_with_curves_has_pictures_of_them() -> None:
    for each in toy().generators:
        page = static()[each.page.href].decode()
        drawn = sum(
            2 * len(toy().curves[own.data].drawn.cells) for own in each.testbeds if own.data
        )
        failing = [own for own in each.testbeds if own.failing and own.data]
        told = sum(len(toy().curves[own.data].drawn.telling) for own in failing)
        assert page.count('<figure class="curve">') == drawn + told
        assert "drawn by a script" not in page


def test_lines_and_bands_lie_within_the_axes_and_the_largest_number_at_the_top() -> None:
    for each in toy().generators:
        for own in (one for one in each.testbeds if one.data):
            for drawn in (*pictures(own, toy()), *telling(own, toy())):
                paths = [path for line in drawn.lines for path in (line.mean, line.band) if path]
                points = [
                    (float(x), float(y))
                    for path in paths
                    for x, y in re.findall(r"[ML](\S+) ([\d.]+)", path)
                ]
                assert all(LEFT <= x <= RIGHT and TOP <= y <= FOOT for x, y in points)
                assert min(y for _, y in points) == TOP
                assert drawn.lines[-1].who == each.page.text


def test_a_curve_is_drawn_where_its_numbers_are() -> None:
    band = Band((0.0, 1.0, 4.0), (0.0, 0.0, 2.0), (0.0, 2.0, 8.0))
    cell = CellCurves("plateau/scaled", 3, (0.0, 50.0, 100.0), band, band, 0.25)
    (one,) = (each for each in toy().generators if each.page.text == "near")
    own = one.testbeds[0]
    base = TellingBase(7, (0.0, 100.0), (0.0, 2.0), ((0.0, 4.0),), 0.0)
    found = RowCurves("near", (cell,), (base,))
    site = replace(toy(), curves={own.data: CurveFile.of(found)})
    l2, kl = pictures(own, site)
    assert l2.title == "plateau/scaled: l2 at the read hook"
    assert kl.title == "plateau/scaled: kl, nats"
    assert (l2.limit, l2.interpolated) == (8.0, 0.25)
    (line,) = l2.lines
    assert line.mean == "M10.0 120.0L160.0 106.2L310.0 65.0"
    assert line.band == "M10.0 120.0L160.0 120.0L310.0 92.5L310.0 10.0L160.0 92.5L10.0 120.0Z"
    (told,) = telling(own, site)
    assert [each.who for each in told.lines] == [REFERENCE, "near"]
    assert told.lines[1].mean == "M10.0 120.0L310.0 65.0"


def test_a_board_that_is_scored_is_shown_as_it_is() -> None:
    board = boards.few()
    site = collect.of(suites.of_board(board, cells.whole_board(cells.FEW)))
    (testbed,) = site.testbeds
    assert [row.page.text for row in testbed.rows] == [row.name for row in board.rows]
    assert [each.title for each in site.suites] == [
        f"{board.setting.name}, preset {board.setting.preset}"
    ]
