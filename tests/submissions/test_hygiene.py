from __future__ import annotations

import re
from pathlib import Path

import pytest

from synact_bench.generators.base import GeneratorCard
from synact_bench.results import pack
from synact_bench.results import published as packs
from synact_bench.submissions import hygiene
from synact_bench.submissions.refusal import SubmissionError
from tests.helpers.cells import HOSTILE
from tests.helpers.published import published

ROOT = Path(__file__).parents[2]
HARMLESS = (
    "",
    "A. B. O'Brien-Müller, 李明",
    "arXiv 2409.15019, arXiv:cs/9901001, doi:10.1000/182",
    "https://example.org/a/b?c=d#e",
    "Means and/or modes, 3:1; 50 % of a_b and a*b & c.",
    "AMD Ryzen 7 5800H w/ Radeon, 2 cores, Linux x86_64",
    "gpt2-small-res-jb/blocks.6.hook_resid_pre",
    "the ratio > 2 where L0 < 10 and 1 <2; drawn from p(z|x)",
    "adaptive@1, at 3 @ 4",
    "(https://example.org), https://example.org/a. See https://example.org/b; done",
)
HARMFUL = {
    "<img src=x>": "markup",
    "a `b`": "markup",
    "[a](b)": "markup",
    "&lt;b&gt;": "markup",
    "<!-- x": "markup",
    "</td>": "markup",
    "**a**": "markup",
    "data:text,x": "a script",
    "JavaScript:x": "a script",
    "/etc/passwd": "a file's path",
    "see ../../x": "a file's path",
    "~/x": "a file's path",
    "C:/x": "a file's path",
    "ftp://example.org": "the link",
    "https://localhost/x": "the link",
    "https://192.168.0.1/x": "the link",
    "https://a:b@example.org": "the link",
    "https://example.org:99999999": "the link",
    "https://example.org/<b>": "the link",
    "https://[": "the link",
    'https://a.bc/"onmouseover=alert(1)': "the link",
    "https://a.bc/'x": "the link",
    "https://a.bc/a|b": "the link",
    "https://a.bc/`b`": "the link",
    "www.evil.example/x": "an address",
    "see WWW.evil.example": "an address",
    "me@evil.com": "an address",
    "@org/team #12": "an address",
    "(@org)": "an address",
    "a\tb": "U+0009",
    "a\u200bb": "U+200B",
    "a\u2028b": "U+2028",
}


@pytest.mark.parametrize("text", HARMLESS)
def test_what_people_write_is_allowed(text: str) -> None:
    hygiene.check_text(text, "card.summary")


@pytest.mark.parametrize("text", HARMFUL)
def test_what_could_do_harm_is_refused(text: str) -> None:
    with pytest.raises(SubmissionError) as refused:
        hygiene.check_text(text, "card.summary")
    assert refused.value.where == "card.summary"
    assert HARMFUL[text] in refused.value.what


def test_every_text_of_the_published_records_is_allowed() -> None:
    records = [record for name in packs.testbeds() for record in pack.records(published(name))]
    assert records
    for record in records:
        for field, value in hygiene.leaves({"records": [record.model_dump(mode="json")]}, ""):
            built_in = field.endswith(".source_digest") and not value
            if isinstance(value, str) and not built_in:
                hygiene.check_text(value, field)


@pytest.mark.parametrize(
    "text",
    ["9999-99-99T99:99:99+00:00", "2024-02-30T12:00:00+00:00", "٢٠٢٤-05-01T12:00:00+00:00"],
)
def test_a_time_is_one_that_there_was(text: str) -> None:
    field = "records[0].provenance.created"
    hygiene.check_text("2024-02-29T23:59:59+00:00", field)
    with pytest.raises(SubmissionError, match=r"^records\[0\]\.provenance.created: is '"):
        hygiene.check_text(text, field)


def test_nobody_has_more_authors_or_parameters_than_fit_on_a_page() -> None:
    hygiene.check_card({"authors": ["A"] * 20, "parameters": dict.fromkeys(map(str, range(50)), 1)})
    with pytest.raises(SubmissionError, match=r"card\.authors: has 21 entries, more than 20"):
        hygiene.check_card({"authors": ["A"] * 21})
    with pytest.raises(SubmissionError, match=r"card\.parameters: has 51 entries"):
        hygiene.check_card({"parameters": dict.fromkeys(map(str, range(51)), 1)})


def test_keys_are_texts_too() -> None:
    with pytest.raises(SubmissionError, match=r"name of card\.parameters"):
        hygiene.check_card({"parameters": {HOSTILE: 1}})


@pytest.mark.parametrize(
    ("field", "pattern"), [("name", hygiene.NAME), ("version", hygiene.VERSION)]
)
def test_names_and_versions_are_those_that_a_card_allows(field: str, pattern: str) -> None:
    declared = GeneratorCard.model_json_schema()["properties"][field]["pattern"]
    assert declared == f"^{pattern}$"
    assert re.fullmatch(pattern, "a1.2")


@pytest.mark.parametrize("field", ["generator.parameters.id", "generator.parameters.trial"])
def test_parameters_may_be_called_as_they_like(field: str) -> None:
    hygiene.check_text("words", field)
