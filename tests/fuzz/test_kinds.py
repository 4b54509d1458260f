"""A part of ``make fuzz``, of other inputs than it begins with: nothing but refusals may escape."""

from __future__ import annotations

import time
from random import Random

import pytest

from synact_bench.core.errors import SynactError
from synact_bench.reports import formatting
from tests.fuzz import mutations, shown, tried
from tests.fuzz.hostile import DEEP, HUGE
from tests.fuzz.kinds import KINDS
from tests.fuzz.tried import Kind, tally

SEED = 10**9


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_whatever_is_read_or_shown_is_accepted_or_refused(kind: Kind) -> None:
    found = tally(kind, kind.few, first_seed=SEED)
    assert found.escaped == {}
    assert found.tried == kind.few == found.refused + found.accepted


def test_the_same_seed_gives_the_same_inputs_and_another_gives_others() -> None:
    def inputs(first_seed: int) -> list[object]:
        noted: list[object] = []
        kind = Kind("any", lambda: mutations.value, lambda each: noted.append(repr(each)), 1)
        tally(kind, 25, first_seed=first_seed)
        return noted

    assert inputs(1) == inputs(1)
    assert len(inputs(1)) == 25
    assert inputs(1) != inputs(2)


@pytest.mark.parametrize(
    ("raised", "place"),
    [
        (KeyError("a"), "KeyError"),
        (MemoryError(), "MemoryError"),
        (RecursionError(), "RecursionError"),
        (tried.NoEndError(), "NoEndError"),
    ],
)
def test_what_is_no_refusal_is_counted_and_told(raised: BaseException, place: str) -> None:
    def read(_: object) -> object:
        raise raised

    found = tally(Kind("any", lambda: mutations.value, read, 1), 20)
    assert (found.tried, found.refused, found.accepted, found.others) == (20, 0, 0, 20)
    ((told, (count, _)),) = found.escaped.items()
    assert told.startswith(place)
    assert count == 20


def test_a_refusal_is_counted_as_one_if_a_terminal_can_show_it() -> None:
    def read(_: object) -> object:
        raise SynactError("is\x1b[2J broken", where="a\nb", fix="mend it")

    found = tally(Kind("any", lambda: mutations.value, read, 1), 5)
    assert (found.refused, found.others) == (5, 0)


def test_what_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tried, "PATIENCE", 0.05)
    found = tally(Kind("any", lambda: mutations.value, lambda _: time.sleep(30), 1), 1)
    assert [each.split()[0] for each in found.escaped] == ["NoEndError"]


@pytest.mark.parametrize(
    "page",
    [
        *("<b onclick=x>", "<iframe>", "<script>x</script>", "<!--x-->", "<img src=x>"),
        '<a style="background: url(javascript:x)">',
        *('<a href="javascript:x">', '<a href="\x01 Java\nScript:x">', '<a href="vbscript:x">'),
    ],
)
def test_a_page_that_an_author_could_write_into_is_seen(page: str) -> None:
    with pytest.raises(ValueError, match="an author made"):
        shown._Elements(page)


@pytest.mark.parametrize("link", ["a/javascript:x.html", "#javascript:x", "https://a.org/script:"])
def test_a_link_that_leads_to_no_script_is_none(link: str) -> None:
    shown._Elements(f'<a href="{link}">')


@pytest.mark.parametrize("text", ["*a*", "<b>", "[a](b)", "`a`", "\x1b", "\u202e", "a\n\n# b"])
def test_a_text_that_is_not_escaped_is_seen(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown.as_text(text)
    monkeypatch.setattr(formatting, "escape", lambda each: each)
    with pytest.raises(ValueError, match=r"Markdown made|control characters"):
        shown.as_text(text)


def test_mutations_change_what_they_are_given_and_leave_the_original() -> None:
    seeds = [{"a": [1, {"b": "text"}], "c": 0.5}]
    made = [mutations.tree(Random(at), seeds) for at in range(200)]
    assert seeds == [{"a": [1, {"b": "text"}], "c": 0.5}]
    assert len({repr(each) for each in made}) > 150
    files = [mutations.spoiled(Random(at), [b"x" * 100, b"y" * 300]) for at in range(200)]
    assert len(set(files)) > 150


def test_marks_become_what_python_cannot_hold() -> None:
    assert mutations.as_json({"a": HUGE}) == b'{"a": ' + b"9" * 5000 + b"}"
    assert mutations.as_json([DEEP]).count(b"[") == 20_001
    assert mutations.as_toml({"a": HUGE}) == b"a = " + b"9" * 5000 + b"\n"
