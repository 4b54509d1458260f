from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

import pytest

from synact_bench.core.errors import RecordError
from synact_bench.core.printable import printable
from synact_bench.metrics import METRICS
from synact_bench.reports.comparable import by_testbed
from synact_bench.results import pack
from synact_bench.results.board_cache import BoardCache
from synact_bench.results.packed_testbeds import PackedTestbeds
from synact_bench.results.store import Cell
from synact_bench.site import render
from synact_bench.site.collect import collect, collect_packs
from synact_bench.site.model import ShownScore
from synact_bench.site.shown import BAR, bar_x, between, number
from tests.helpers.boards import REPLICATES, short_floors
from tests.helpers.sites import HOSTILE, LIBRARY, LONG, MARKUP, files, stored, toy

FIRST_VIEW = 1_000_000
"""Bytes of the first page with all that it loads: the most."""
VOID = {"meta", "link", "input", "br", "img", "path", "rect", "circle"}


class Page(HTMLParser):
    """What a page loads and links to, its ids, and whether its elements are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.described: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        self.loaded += [facts[name] for name in ("src", "data") if name in facts]
        if tag == "link":
            self.loaded.append(facts["href"])
        elif "href" in facts:
            self.links.append(facts["href"])
        self.ids += [facts["id"]] if "id" in facts else []
        self.described += [facts[name] for name in ("aria-describedby",) if name in facts]
        self.inline += [name for name in facts if name.startswith("on") or name == "style"]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    return {name: Page(each.decode()) for name, each in files().items() if name.endswith(".html")}


def target(page: str, href: str) -> str:
    parts: list[str] = []
    for part in (PurePosixPath(page).parent / href.partition("#")[0]).parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def test_every_page_is_well_formed_and_has_one_heading(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert page.open == [], name
        assert page.tags.count("h1") == 1, name
        assert len(set(page.ids)) == len(page.ids), name
        assert set(page.described) <= set(page.ids), name


def test_every_link_leads_to_a_page_and_nothing_comes_from_elsewhere(
    pages: dict[str, Page],
) -> None:
    urls = tuple(render.project_urls().values())
    for name, page in pages.items():
        for href in page.links:
            there = href.startswith(("#", *urls)) or target(name, href) in files()
            assert there, (name, href)
        for place in page.loaded:
            assert place == "data:," or target(name, place) in files(), (name, place)


def test_the_first_page_opens_with_what_a_plateau_and_a_step_are(pages: dict[str, Page]) -> None:
    assert render.PICTURE in pages["index.html"].loaded
    assert files()[render.PICTURE].startswith(b"\x89PNG")
    without = render.contents(replace(toy(), picture=None), LIBRARY)
    assert render.PICTURE not in without
    assert b"<img" not in without["index.html"]


def test_all_that_authors_write_is_text(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert page.tags.count("img") == (name == "index.html"), name
        assert page.inline == [], name
        assert page.tags.count("script") == files()[name].count(b"<script defer src="), name
    index = files()["index.html"].decode()
    assert "&lt;script&gt;hacked=1&lt;/script&gt;" in index
    assert "{{7*7}}" in index
    assert all("<" not in each.decode()[1:] for name, each in data_files())


def data_files() -> list[tuple[str, bytes]]:
    return [(name, each) for name, each in files().items() if name.startswith("data/")]


def test_data_register_themselves_as_ascii_json() -> None:
    for name, content in data_files():
        text = content.decode("ascii")
        found = re.fullmatch(r"synact\.register\((\"[^\"]+\"), (\{.*\})\);\n", text)
        assert json.loads(found[1]) == name
        json.loads(found[2])
    index = json.loads(dict(data_files())["data/index.js"].decode().partition(", ")[2][:-3])
    assert {*map(printable, HOSTILE)} <= {row["name"] for row in index["rows"]}
    listed = {place for row in index["rows"] for place in row["data"].values()}
    listed |= {each[name] for each in index["testbeds"] for name in ("real", "gaussian")}
    assert listed - {""} <= set(files())


def test_equal_cells_give_equal_bytes() -> None:
    assert render.contents(toy(), LIBRARY) == files()


def test_the_order_of_the_cells_changes_nothing() -> None:
    with short_floors():
        turned = collect(stored()[::-1], replicates=REPLICATES)
    assert render.contents(turned, LIBRARY) == files()


def test_packs_give_the_files_that_their_cells_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, own in by_testbed(stored()).items():
        pack.save(own, tmp_path / f"{name}.parquet")
    packs = PackedTestbeds(sorted(tmp_path.glob("*.parquet")))
    cache = BoardCache(tmp_path / "cache")
    with short_floors():
        for _ in ("made", "kept"):
            found = collect_packs(packs, replicates=REPLICATES, cache=cache)
            assert render.contents(found, LIBRARY) == files()
            monkeypatch.setattr(PackedTestbeds, "rows", never)


def never(*_: object) -> list[Cell]:
    raise AssertionError("is known from before")


def test_two_files_at_one_place_are_refused() -> None:
    page = toy().generators[0]
    other = replace(page, page=replace(page.page, href=page.page.href.upper()))
    with pytest.raises(RecordError, match="two of its files would lie there"):
        render.contents(replace(toy(), generators=(page, other)), LIBRARY)


def test_the_first_page_says_where_a_flag_is_raised_and_what_has_no_mean() -> None:
    page = files()["index.html"].decode()
    assert "near-duplicate: 50 % of its activations, real 1 % (deep (24 bases), shallow)" in page
    (row,) = re.findall(r'data-name="real-native">.*?</tr>', page, re.DOTALL)[:1]
    assert "no overall realism" in row
    assert "not measured" not in row


def test_no_name_of_a_file_is_an_author_s() -> None:
    for name in files():
        assert re.fullmatch(r"([a-z0-9][a-z0-9.-]*/)*[A-Za-z0-9][A-Za-z0-9.-]*", name)
        assert LONG not in name
        assert MARKUP not in name


def test_the_first_view_is_light() -> None:
    page = Page(files()["index.html"].decode())
    loaded = [files()[place] for place in page.loaded if place in files()]
    assert len(loaded) >= 4
    assert sum(map(len, [files()["index.html"], *loaded])) < FIRST_VIEW


def test_every_row_leads_to_its_card_its_code_and_what_its_numbers_mean() -> None:
    docs, source = (render.project_urls()[each] for each in ("Documentation", "Source"))
    for each in toy().generators:
        page = Page(files()[each.page.href].decode())
        assert "card" in page.ids
        assert (f"{source}/blob/main/{each.code}" in page.links) == bool(each.code)
        assert {f"{docs}realism2/", f"{docs}metrics/"} <= {*page.links}
        linked = {each.partition("#")[2] for each in page.links if "/metrics/#" in each}
        named = {line.metric for own in each.testbeds for line in own.metrics}
        assert linked == {metric.replace(" ", "_") for metric in named} <= {*METRICS}


def test_the_first_page_says_how_to_submit(pages: dict[str, Page]) -> None:
    assert "submit" in pages["index.html"].ids
    assert "synact-bench submit my_method.py:MyGenerator" in files()["index.html"].decode()
    for name, page in pages.items():
        assert "index.html" in {target(name, each) for each in page.links if "#submit" in each}


def test_a_bar_ends_where_its_axis_does() -> None:
    assert bar_x(-1.0) == bar_x(-0.999999) == 4
    assert bar_x(1.2) == bar_x(9.0) == 4 + BAR
    assert bar_x(0.0) < bar_x(0.5) < bar_x(1.0)


def test_a_score_reads_as_on_the_board() -> None:
    assert number(ShownScore(-0.001)) == "0.00"
    assert between(ShownScore(0.5, 0.4, 0.6)) == "[0.40, 0.60]"
    assert number(ShownScore(None, reason="not measured")) == between(ShownScore(None)) == ""
