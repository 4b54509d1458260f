from __future__ import annotations

import pickle
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from synact_bench.submissions.refusal import LONGEST_SHOWN, SubmissionError, shown


def test_a_refusal_names_file_field_and_what_to_do() -> None:
    refusal = SubmissionError("is 2", field="schema_version", fix="upgrade").of(Path("a.json"))
    assert str(refusal) == "a.json: schema_version: is 2; upgrade"
    assert str(pickle.loads(pickle.dumps(refusal))) == str(refusal)


@given(st.one_of(st.text(), st.binary(), st.floats(), st.lists(st.text())))
def test_what_is_shown_is_short_and_can_be_printed_anywhere(value: object) -> None:
    text = shown(value)
    assert text.isascii()
    assert text.isprintable()
    assert len(text) <= LONGEST_SHOWN + 3
