from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synact_bench.submissions import card_file
from synact_bench.submissions.card_file import loads, place
from synact_bench.submissions.refusal import SubmissionError
from tests.helpers import submissions

PUBLISHED = Path(__file__).parents[2] / "leaderboard" / "schema"


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ((), "the file"),
        (("scores",), "scores"),
        (("card", "authors", 2), "card.authors[2]"),
        (("scores", "by_cell", "plateau/scaled"), "scores.by_cell.'plateau/scaled'"),
        (("a\u202e",), "'a\\u202e'"),
    ],
)
def test_a_field_s_place_is_written_as_one_would(parts: tuple[str | int, ...], name: str) -> None:
    assert place(parts) == name


def test_a_card_file_is_read_as_it_was_written() -> None:
    assert loads(submissions.content()) == submissions.submission()[0]


def test_one_of_an_older_version_is_to_be_written_again() -> None:
    with pytest.raises(SubmissionError, match=r"schema_version: is 3, .* 'synact-bench submit'"):
        loads(b'{"schema_version": 3, "testbed": "toy@1", "records": []}')


def test_the_published_schema_is_current() -> None:
    published = (PUBLISHED / card_file.SCHEMA_FILE).read_text(encoding="utf-8")
    assert json.loads(published) == json.loads(card_file.json_schema()), "run 'make schema'"
    assert [path.name for path in PUBLISHED.iterdir()] == [card_file.SCHEMA_FILE]


def test_the_schema_describes_every_field_and_allows_no_other() -> None:
    published = json.loads(card_file.json_schema())
    assert set(published["required"]) == set(card_file.CardFile.model_fields)
    assert published["additionalProperties"] is False
    assert all(each["description"] for each in published["properties"].values())


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_parse_or_be_refused(content: bytes) -> None:
    with pytest.raises(SubmissionError):
        loads(content)


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
        loads(json.dumps(fields).encode())
    except SubmissionError as error:
        assert error.where.startswith((field, "the file"))  # noqa: PT017


def test_all_faults_are_counted() -> None:
    fields = json.loads(submissions.content()) | {"a": 1, "b": 2}
    with pytest.raises(SubmissionError, match=r"\(2 such faults\)"):
        loads(json.dumps(fields).encode())
