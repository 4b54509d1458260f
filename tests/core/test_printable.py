from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synact_bench.core.printable import printable


@given(st.text(st.characters(), max_size=40))
def test_it_is_one_line_of_what_can_be_seen_and_stays_so(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown
    shown.encode()  # half a character is spelled out too


def test_what_can_be_seen_stays_and_the_rest_is_spelled_out() -> None:
    assert printable("\u00e9 \u05d0 \u2713 <b>") == "\u00e9 \u05d0 \u2713 <b>"
    assert printable(" a\r\n\tb\u2028c\u00a0d ") == "a b c d"
    assert printable("\x1b[2J\u202ea\ud800") == "\\x1b[2J\\u202ea\\ud800"
