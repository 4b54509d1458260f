from __future__ import annotations

import re
from pathlib import Path

import pytest

from synact_bench.assets import custom_file
from synact_bench.assets.text import local_text
from synact_bench.core.errors import SubjectError, SynactError, UnknownNameError
from synact_bench.testbeds import spec
from synact_bench.testbeds.sources import LocalText
from synact_bench.testbeds.spec import Testbed
from tests.helpers.pages import blocks
from tests.helpers.testbeds import write_documents
from tests.helpers.tiny import save_tiny

DOCS = Path(__file__).parents[2] / "docs"
OWN = """
name = "mine"
version = "1"
summary = "Mine, \\"quoted\\" in Łódź."
weights = "raw"
write_hook = "blocks.1.hook_resid_pre"
read_hook = "blocks.3.hook_resid_post"
n_ctx = 6
train_activations = 100

[model]
kind = "local"
path = "model"

[text]
kind = "local-text"
path = "text"

[sae]
kind = "pca"
"""
FACTS = "absolute_length = 4.0\ntau = 1e-05\nexplained_variance = 1.0\nl0 = 16.0\n"
EXTENDS = 'extends = "smollm2-135m"\nname = "mine"\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a tiny model and a text."""
    save_tiny("llama", tmp_path / "model")
    write_documents(tmp_path / "text", documents=3)
    return tmp_path


def saved(home: Path, text: str = OWN) -> Path:
    (home / "mine.toml").write_text(text, encoding="utf-8")
    return home / "mine.toml"


def test_a_file_is_read_from_its_own_folder_and_pinned(home: Path) -> None:
    found = custom_file.read(saved(home))
    assert not isinstance(found, Testbed)
    assert found.model.path == str(home / "model")
    assert found.text == LocalText(
        kind="local-text", path=str(home / "text"), sha256=local_text(home / "text").sha256
    )


def test_a_file_with_its_facts_is_a_testbed_and_is_written_as_it_was_read(home: Path) -> None:
    found = custom_file.read(saved(home, FACTS + OWN))
    assert isinstance(found, Testbed)
    assert (found.tau, found.l0) == (1e-05, 16.0)
    assert custom_file.read(saved(home, "bases = 7\n" + FACTS + OWN)).digest == found.digest
    text = custom_file.dumps(found)
    assert custom_file.read(saved(home, text)) == found
    assert f'sha256 = "{found.model.sha256}"' in text


def test_the_facts_are_stated_together_or_not_at_all(home: Path) -> None:
    message = r"mine\.toml: states l0, tau and not absolute_length, .*; leave l0, tau out too: they"
    with pytest.raises(SubjectError, match=message):
        custom_file.read(saved(home, "tau = 3.0\nl0 = 3.0\n" + OWN))


@pytest.mark.parametrize("page", ["adding-a-testbed.md", "own-model.md"])
def test_the_files_that_extend_a_testbed_on_a_page_are_read(page: str, tmp_path: Path) -> None:
    found = [block.text for block in blocks(DOCS / page) if block.text.startswith("extends = ")]
    assert found
    for text in found:
        setup = custom_file.read(saved(tmp_path, text))
        assert not isinstance(setup, Testbed)
        moved = "write_hook" in text
        assert setup.name.endswith(f"-layer{setup.write_layer}") is moved


def test_a_built_in_testbed_is_extended_without_what_was_measured_there(home: Path) -> None:
    extended = EXTENDS + 'n_ctx = 12\n[sae]\nkind = "pca"\n'
    found = custom_file.read(saved(home, extended))
    parent = spec.find("smollm2-135m")
    assert not isinstance(found, Testbed)
    assert (found.n_ctx, found.fingerprint) == (12, None)
    assert (found.model, found.text, found.write_hook) == (
        parent.model,
        parent.text,
        parent.write_hook,
    )


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"model"\n', f'"model"\nsha256 = "{"0" * 64}"\n', "its content was changed; restore it"),
        ('path = "model"', 'path = "none"', "no such file or folder"),
        ('path = "text"', 'path = "none"', "no such file or folder"),
        ('kind = "local"', 'kind = "local"\nlayer = 3', "layer"),
        ('"mine"', '"smollm2-135m"', "a built-in testbed is called 'smollm2-135m'; choose"),
        ("n_ctx = 6", "n_ctx = ", "not a valid testbed declaration"),
        ("n_ctx = 6", "n_contexts = 6", "n_contexts"),
    ],
)
def test_a_bad_file_is_refused(home: Path, old: str, new: str, complaint: str) -> None:
    assert old in OWN
    with pytest.raises(SynactError, match=re.escape(complaint)) as caught:
        custom_file.read(saved(home, OWN.replace(old, new, 1)))
    assert "\n" not in str(caught.value)


def test_a_byte_order_mark_makes_no_other_testbed(home: Path) -> None:
    plain = custom_file.read(saved(home, FACTS + OWN))
    (home / "mine.toml").write_text(FACTS + OWN, encoding="utf-8-sig")
    assert custom_file.read(home / "mine.toml") == plain


def test_a_file_that_is_not_utf_8_is_refused(home: Path) -> None:
    (home / "mine.toml").write_bytes(OWN.encode("iso-8859-2"))
    with pytest.raises(SubjectError, match=r"mine\.toml: cannot be read: .*; give a text file in"):
        custom_file.read(home / "mine.toml")


def test_what_is_extended_must_be_there(home: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'smollm2-135m'"):
        custom_file.read(saved(home, EXTENDS.replace("135m", "13m")))
