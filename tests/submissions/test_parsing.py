from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.submissions.parsing import parse, place
from synact_bench.submissions.refusal import SubmissionError
from tests.helpers import submissions


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ((), "the file"),
        (("preset",), "preset"),
        (("records", 2, "identity", "seed"), "records[2].identity.seed"),
        (("scores", "by_cell", "plateau/scaled"), "scores.by_cell.'plateau/scaled'"),
        (("a\u202e",), "'a\\u202e'"),
    ],
)
def test_a_field_s_place_is_written_as_one_would(parts: tuple[str | int, ...], name: str) -> None:
    assert place(parts) == name


def test_a_submission_is_parsed() -> None:
    assert parse(submissions.content()) == submissions.submission()[0]


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_parse_or_be_refused(content: bytes) -> None:
    with pytest.raises(SubmissionError):
        parse(content)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=8,
)


@given(field=st.sampled_from(sorted(json.loads(submissions.content()))), value=JSON)
def test_any_value_of_any_field_is_parsed_or_refused_by_name(field: str, value: object) -> None:
    fields = json.loads(submissions.content())
    fields[field] = value
    try:
        parse(json.dumps(fields).encode())
    except SubmissionError as error:
        assert error.where.startswith((field, "the file"))  # noqa: PT017


def test_all_faults_are_counted() -> None:
    fields = json.loads(submissions.content()) | {"a": 1, "b": 2}
    with pytest.raises(SubmissionError, match=r"\(2 such faults\)"):
        parse(json.dumps(fields).encode())
