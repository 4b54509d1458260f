from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import pytest

from synact_bench.evaluation.html_page import page
from synact_bench.evaluation.picture import Picture, picture
from synact_bench.evaluation.score import Score, summary
from synact_bench.reports import formatting as text
from synact_bench.reports.comparable import arrange
from synact_bench.reports.verdicts import verdict
from synact_bench.scoring import CellName
from tests.helpers import boards, cells

ALLOWED = {
    *("div", "h4", "small", "p", "b", "table", "thead", "tbody", "tr", "th", "td"),
    *("img", "details", "summary"),
}


class Reader(HTMLParser):
    """Collects elements, attributes and text; every element must be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        if tag != "img":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += f"{data}\n"


@pytest.fixture(scope="module")
def shown() -> str:
    row = boards.row_of(boards.few(), "gaussian")
    drawn = picture(row, arrange(cells.whole_board(cells.FEW)))
    return page(row, boards.few(), summary(row.score), drawn)


def test_it_shows_scores_setting_and_board(shown: str) -> None:
    read = Reader(shown)
    row = boards.row_of(boards.few(), "gaussian")
    for name, score in summary(row.score).items():
        assert f"{name}\n{score}\n" in read.text
    assert "toy@1, preset tiny: 24 bases, 24 of them at 51 points" in read.text
    for each in boards.few().rows:
        assert each.name in read.text


def test_it_says_the_verdict_and_what_explains_it(shown: str) -> None:
    read = Reader(shown)
    row = boards.row_of(boards.few(), "gaussian")
    assert f"{verdict(row, boards.few())}\n" in read.text
    assert "a judge tells it from real in" in read.text
    score = row.metrics[CellName("plateau", "scaled")]["plateau_width"]
    numbers = (text.measure(score.mean), text.measure(score.real_mean))
    said = "\n".join(("plateau/scaled", "plateau_width", *numbers, text.measured(score.distance)))
    assert said in read.text
    assert "auc_step" not in read.text  # no headline metric


def test_where_nothing_can_be_read_off_no_number_is_shown() -> None:
    flagged = cells.inspection("near-duplicate")
    board = boards.built(cells.whole_board(cells.FEW, documents=5, seen=flagged))
    row = boards.row_of(board, "gaussian")
    assert row.realism.value is not None
    assert row.flags == ("near-duplicate",)
    read = Reader(page(row, board, summary(row.score), Picture(figsize=(1, 1))))
    assert "it runs; nothing can be read off\n" in read.text
    assert "row\ntrack\npaths\ndropped\ngaussian\ncontrol\n24\n0\n" in read.text
    assert "near-duplicate" not in read.text
    assert "realism" not in read.text
    assert str(Score.of(row.realism)) not in read.text


def test_the_picture_is_embedded(shown: str) -> None:
    found = re.search(r'src="data:image/png;base64,([^"]+)"', shown)
    assert found is not None
    assert base64.b64decode(found[1]).startswith(b"\x89PNG")


def test_what_an_author_wrote_is_shown_and_never_interpreted() -> None:
    board = boards.built([*cells.whole_board(cells.FEW), *cells.hostile()])
    row = boards.row_of(board, cells.HOSTILE)
    scores = {**summary(row.score), "missing": Score(None, reason=cells.HOSTILE)}
    read = Reader(page(row, board, scores, Picture(figsize=(1, 1))))
    assert set(read.elements) <= ALLOWED
    assert read.elements.count("img") == 1
    assert {name for name, _ in read.attributes} <= {"style", "alt", "src"}
    assert not [
        value for name, value in read.attributes if name == "style" and "<" in (value or "")
    ]
    assert read.text.count(cells.HOSTILE) >= 5


def test_a_missing_score_gives_its_reason(shown: str) -> None:
    row = boards.row_of(boards.few(), "gaussian")
    scores = {"overall": Score(None, reason="the cell is missing")}
    read = Reader(page(row, boards.few(), scores, Picture(figsize=(1, 1))))
    assert "overall\nthe cell is missing\n" in read.text


@pytest.mark.parametrize(("value", "pixels"), [(-3.0, 0), (0.5, 80), (1.0, 160), (1.4, 160)])
def test_a_bar_stays_within_its_scale(value: float, pixels: int) -> None:
    row = boards.row_of(boards.few(), "gaussian")
    drawn = page(row, boards.few(), {"overall": Score(value)}, Picture(figsize=(1, 1)))
    assert f"width:{pixels}px;height" in drawn
