"""Kinds that are shown: pages of hostile texts, of which nothing but text may come through."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from random import Random
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic import BaseModel

from synact_bench.evaluation import html_page
from synact_bench.evaluation.picture import Picture
from synact_bench.reports import formatting, markdown
from synact_bench.reports.board import Board
from synact_bench.site import render
from synact_bench.site.collect import collect
from synact_bench.site.pages import WholeSite
from tests.fuzz import mutations
from tests.fuzz.tried import Kind
from tests.helpers import cells, sites
from tests.helpers.boards import REPLICATES, built, short_floors

MARKS = tuple(f"zq{each}qz" for each in "abcdefghijklm")
"""Texts of a board that are then replaced by hostile ones: no other text has one within it."""
LANGUAGE = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HARMLESS = {
    *("text", "text_special", "softbreak", "inline", "paragraph", "bullet_list", "list_item"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
"""Tokens that a page of escaped texts is made of."""
HARMFUL = {"html_inline", "html_block", "link_open", "fence"}
"""Tokens that a board's page, whose figures are left out, has none of."""
ELEMENTS = frozenset(
    {
        *("html", "head", "meta", "title", "link", "script", "noscript", "body", "header", "nav"),
        *("main", "footer", "section", "article", "div", "p", "ul", "ol", "li", "dl", "dt", "dd"),
        *("table", "caption", "thead", "tbody", "tr", "th", "td", "h1", "h2", "h3", "h4", "a"),
        *("bdi", "span", "b", "strong", "em", "small", "code", "details", "summary", "label"),
        *("input", "button", "select", "option", "fieldset", "legend", "figure", "figcaption"),
        *("svg", "path", "rect", "circle", "line", "text", "g", "br", "time", "img"),
        *("form", "pre"),
    }
)
"""Elements of the templates."""
SCRIPTS = re.compile(r"(\.\./)?(assets|data)/[\w.-]+\.js")
PICTURES = ("data:image/png;base64,", "assets/plateau-and-step.png")
LINKS = {"href", "src", "action", "formaction", "data", "style"}


def as_text(text: str) -> object:
    """A text where it stands most often: in a paragraph, in a list, in a table."""
    shown = formatting.escape(text)
    _refuse_controls(shown)
    page = f"start {shown} end\n\n- item: {shown}\n\n| a | b |\n|:--|--:|\n"
    page += f"| x{shown} | {shown}y |\n"
    for token in _tokens(page):
        if re.sub("_(open|close)$", "", token.type) not in HARMLESS:
            raise ValueError(f"Markdown made {token.type} of it: {page!r}")
    return shown


def _tokens(page: str) -> Iterator[Token]:
    for token in LANGUAGE.parse(page):
        yield token
        yield from token.children or ()


def _refuse_controls(page: str) -> None:
    odd = sorted({each for each in page if not each.isprintable() and each != "\n"})
    if odd:
        raise ValueError(f"control characters come through: {odd}")


@cache
def _board() -> Board:
    """A board in which all that an author can write is a mark."""
    whole = cells.inspection(MARKS[0])
    findings = (whole.findings[0].model_copy(update={"rule": MARKS[1]}),)
    setting: dict[str, Any] = {"refined": 12, "testbed": f"{MARKS[11]}@1", "preset": MARKS[12]}
    own = cells.whole_board(
        [MARKS[2]],
        seen=whole.model_copy(update={"findings": findings}),
        card={"authors": (MARKS[3],), "reference": MARKS[4], "summary": MARKS[5]},
        made=cells.provenance(machine=MARKS[6], model=MARKS[7], commit=MARKS[8]),
        version=MARKS[9],
        parameters={MARKS[10]: MARKS[10]},
        **setting,
    )
    return built([*cells.whole_board(cells.FEW, **setting), *own])


@cache
def _site() -> WholeSite:
    own = cells.whole_board(
        [MARKS[0]],
        testbed="shallow@1",
        card={"authors": (MARKS[1],), "reference": MARKS[2], "summary": MARKS[3]},
        made=cells.provenance(machine=MARKS[4], model="toy-model==1 cc", commit=MARKS[5]),
        version=MARKS[6],
        parameters={MARKS[7]: MARKS[8]},
    )
    given = [*cells.whole_board(cells.FEW, testbed="shallow@1"), *own]
    with short_floors():
        return collect(given, replicates=REPLICATES)


def _replaced(tree: Any, words: Mapping[str, str]) -> Any:
    """The same with every mark replaced, wherever it stands."""
    if isinstance(tree, str):
        for mark in filter(tree.__contains__, words):
            tree = tree.replace(mark, words[mark])
        return tree
    if isinstance(tree, BaseModel):
        names = type(tree).model_fields
        changed = {name: _replaced(getattr(tree, name), words) for name in names}
        return tree.model_copy(update=changed)
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        fields = [each.name for each in dataclasses.fields(tree) if each.init]
        changed = {name: _replaced(getattr(tree, name), words) for name in fields}
        return dataclasses.replace(tree, **changed)
    return _replaced_within(tree, words)


def _replaced_within(tree: Any, words: Mapping[str, str]) -> Any:
    if isinstance(tree, Mapping):
        return {_replaced(key, words): _replaced(each, words) for key, each in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(_replaced(each, words) for each in tree))
    if isinstance(tree, tuple | list | frozenset):
        return type(tree)(_replaced(each, words) for each in tree)
    return tree


def board_page(words: list[str]) -> object:
    """The board as a page of Markdown, and a row of it as a page for a notebook."""
    board = _replaced(_board(), dict(zip(MARKS, words, strict=True)))
    page = markdown.page(board, {})
    _refuse_controls(page)
    for token in _tokens(page):
        if token.type in HARMFUL:
            raise ValueError(f"Markdown made {token.type} of it: {token.content!r}")
    row = next(each for each in board.rows if each.name not in cells.CENTRES)
    shown = html_page.page(row, board, {}, Picture(figsize=(1, 1)))
    _refuse_controls(shown)
    _Elements(shown)
    return page


def site_pages(words: list[str]) -> object:
    """Every page of the site, and the data beside them."""
    site = _replaced(_site(), dict(zip(MARKS, words, strict=True)))
    files = render.contents(site, sites.LIBRARY)
    for name, content in files.items():
        if name.endswith(".html"):
            text = content.decode()
            _refuse_controls(text)
            _Elements(text)
        elif name.startswith("data/"):
            _refuse_other_data(name, content.decode("ascii"))
    return files


def _refuse_other_data(name: str, text: str) -> None:
    if "<" in text:
        raise ValueError(f"{name} could end its script")
    for word in _words(json.loads(text.partition(", ")[2][:-3])):
        _refuse_controls(word.replace("\n", "\r"))


def _words(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        yield from tree
        yield from (word for each in tree.values() for word in _words(each))
    elif isinstance(tree, list):
        yield from (word for each in tree for word in _words(each))


class _Elements(HTMLParser):
    """Refuses a page with an element, an attribute or a comment that no template made."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        source = facts.get("src", "")
        made = tag not in ELEMENTS or (tag == "script" and not SCRIPTS.fullmatch(source))
        made = made or (tag == "img" and not source.startswith(PICTURES))
        for name, value in facts.items():
            made = made or name.startswith("on")
            made = made or (name in LINKS and "script" in _scheme(value))
            made = made or (name == "style" and "script:" in value.casefold())
        if made:
            raise ValueError(f"an author made an element or attribute: {tag} {attrs}")

    def handle_comment(self, data: str) -> None:
        raise ValueError(f"an author made a comment: {data!r}")


def _scheme(link: str) -> str:
    """What is before the first colon of a link, as a browser reads it; empty for a relative one."""
    bare = re.sub(r"[\x00-\x20]", "", link).casefold()
    return bare.partition(":")[0] if re.match(r"[^/?#]*:", bare) else ""


def _several(rng: Random) -> list[str]:
    """A text for every mark."""
    return [mutations.text(rng) for _ in MARKS]


KINDS = (
    Kind("text in Markdown", lambda: mutations.text, as_text, share=10_000, few=300),
    Kind("board's pages", lambda: _several, board_page, share=150, few=5),
    Kind("site's pages", lambda: _several, site_pages, share=100, few=2),
)
