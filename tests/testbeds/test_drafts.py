from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.core.errors import SubjectError, UnknownNameError
from synact_bench.testbeds import spec
from synact_bench.testbeds.drafts import CHOSEN, Draft, with_facts

MINIMAL = """\
name = "mine"
write_hook = "blocks.1.hook_resid_pre"  # the first
read_hook = "blocks.3.hook_resid_post"
# Comments stay.

# Of the model.
[model]
kind = "hub"
name = "some/model"

[text]
kind = "hub-text"
name = "some/text"
column = "text"
rows = 100

[sae]
kind = "pca"
"""
FACTS = {"absolute_length": 3.5, "tau": 0.25}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "mine.toml"
    found.write_text(MINIMAL, encoding="utf-8")
    files = {**spec._files(), "mine": found}
    monkeypatch.setattr(spec, "_files", lambda: files)
    return found


@pytest.mark.parametrize("name", spec.catalog())
def test_a_file_of_the_catalog_reads_as_its_testbed_and_is_written_as_it_was(name: str) -> None:
    draft, testbed = Draft.of(name), spec.catalog()[name]
    assert draft.testbed({}) == testbed
    assert draft.completed({}) == draft.text
    if testbed.scale:
        assert draft.completed({"tau": testbed.tau}, testbed.scale) == draft.text


def test_a_draft_is_opened_with_defaults_and_lacks_what_is_measured(file: Path) -> None:
    draft = Draft.of("mine")
    assert not draft.complete
    assert draft.chosen == {
        "version": "1",
        "summary": "",
        "weights": "raw",
        "n_ctx": 10,
        "train_activations": 32_000,
    }
    assert [*draft.chosen] == [*CHOSEN]
    with pytest.raises(SubjectError, match="tau"):
        draft.testbed({"absolute_length": 3.5})
    assert draft.testbed(FACTS).tau == 0.25


def test_facts_stand_above_the_first_table_and_comments_stay(file: Path) -> None:
    text = Draft.of("mine").completed(FACTS)
    head = MINIMAL.split("# Comments", maxsplit=1)[0]
    assert text == MINIMAL.replace(head, f"{head}absolute_length = 3.5\ntau = 0.25\n")
    assert with_facts(text, {"tau": 1.0}) == text.replace("tau = 0.25", "tau = 1.0")


def test_a_stated_fact_is_replaced_before_its_comment() -> None:
    assert with_facts("tau = 2  # measured\n[model]\ntau = 3\n", {"tau": 1.0}) == (
        "tau = 1.0  # measured\n[model]\ntau = 3\n"
    )


def test_a_file_laid_out_otherwise_is_refused_rather_than_changed(file: Path) -> None:
    file.write_text(f"absolute_length = [\n  1,\n]\n{MINIMAL}", encoding="utf-8")
    draft = Draft.of("mine")
    with pytest.raises(SubjectError, match=r"^mine\.toml: cannot be completed line by line; "):
        draft.completed(FACTS)


def test_what_follows_the_scale_is_not_lost(file: Path) -> None:
    scale = spec.find("smollm2-135m").scale
    draft = Draft.of("mine")
    file.write_text(draft.completed(FACTS, scale) + "\n[extra]\na = 1\n", encoding="utf-8")
    with pytest.raises(SubjectError, match="not a valid testbed declaration: extra"):
        Draft.of("mine")


def test_a_draft_is_no_testbed_yet_and_says_what_it_lacks(file: Path) -> None:
    spec.catalog.cache_clear()
    try:
        assert "mine" not in spec.catalog()
        message = "^testbed mine: lacks absolute_length and tau, which are measured; run .* mine$"
        with pytest.raises(SubjectError, match=message):
            spec.find("mine")
        file.write_text(Draft.of("mine").completed(FACTS), encoding="utf-8")
        spec.catalog.cache_clear()
        assert spec.find("mine").tau == 0.25
    finally:
        spec.catalog.cache_clear()


def test_a_draft_is_called_as_its_file_and_one_that_is_not_there_is_not_known(file: Path) -> None:
    file.write_text(MINIMAL.replace('"mine"', '"yours"'), encoding="utf-8")
    with pytest.raises(SubjectError, match="declares 'yours'; call the file as the testbed"):
        Draft.of("mine")
    with pytest.raises(UnknownNameError, match="did you mean 'mine'"):
        Draft.of("mime")
