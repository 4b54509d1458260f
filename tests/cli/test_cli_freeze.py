from __future__ import annotations

import json
from pathlib import Path

import pytest
import tomli_w

from synact_bench.core.errors import SubjectError
from synact_bench.core.experiments import EXPERIMENTS, Preset
from synact_bench.models import fingerprint
from synact_bench.run import facts
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import Testbed
from tests.helpers.commands import invoke
from tests.helpers.tiny_testbed import Home

Said = pytest.CaptureFixture[str]
MEASURED = ("absolute_length", "tau", "explained_variance", "l0", "bases")


@pytest.fixture
def draft(
    tiny_home: Home, tiny_catalog: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The file of a testbed that states what cannot be measured, and nothing else."""
    monkeypatch.setattr(facts, "WITH", Preset("facts", bases=8, refined=0))
    wanted = {"model", "text", "sae"}
    tables = tiny_catalog.model_dump(mode="json", include=wanted, exclude_none=True)
    file = tmp_path / "fresh.toml"
    text = f"""\
# Why this layer: it is the first.
name = "fresh"
write_hook = "{tiny_catalog.write_hook}"  # of two
read_hook = "{tiny_catalog.read_hook}"
n_ctx = {tiny_catalog.n_ctx}

# The model of the tests.
{tomli_w.dumps(tables)}"""
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(spec, "_files", lambda: {"fresh": file})
    return file


def stated(file: Path) -> Testbed:
    return spec.parse(file.read_text(encoding="utf-8"), where=file.name)


def test_freeze_completes_a_draft_in_one_command(draft: Path, capfd: Said) -> None:
    before = draft.read_text(encoding="utf-8").splitlines()
    with pytest.raises(SubjectError, match="absolute_length"):
        stated(draft)
    assert invoke("freeze", "fresh") == 0
    said = capfd.readouterr().out
    measured = facts.TestbedFacts.model_validate_json(said[: said.index("}") + 1])
    assert said.splitlines()[-1] == f"wrote {draft}"
    found = stated(draft)
    assert {name: getattr(found, name) for name in MEASURED} == measured.declared
    assert (found.version, found.weights, found.train_activations) == ("1", "raw", 32_000)
    assert found.scale.keys() == {
        f"{each.name}/{path}" for each in EXPERIMENTS.values() for path in each.paths
    }
    after = [line for line in draft.read_text(encoding="utf-8").splitlines() if line]
    assert [line for line in after if line in before] == [line for line in before if line]


def test_freeze_again_changes_nothing(draft: Path, capfd: Said) -> None:
    assert invoke("freeze", "fresh") == 0
    once = draft.read_bytes()
    capfd.readouterr()
    assert invoke("freeze", "fresh") == 0
    assert "is declared and stays" not in capfd.readouterr().out
    assert draft.read_bytes() == once


def test_declared_facts_stay_unless_they_are_overwritten(draft: Path, capfd: Said) -> None:
    text = draft.read_text(encoding="utf-8")
    guess = text.replace("n_ctx", "absolute_length = 7.0\ntau = 0.5  # a guess\nn_ctx")
    draft.write_text(guess, encoding="utf-8")
    assert invoke("freeze", "fresh") == 0
    assert "tau: 0.5 is declared and stays, " in capfd.readouterr().out
    kept = stated(draft)
    assert (kept.absolute_length, kept.tau, kept.l0) == (7.0, 0.5, None)
    assert kept.scale
    assert invoke("freeze", "fresh", "--overwrite") == 0
    found = stated(draft)
    assert found.absolute_length != 7.0
    assert found.l0 is not None
    assert f"tau = {found.tau}  # a guess" in draft.read_text(encoding="utf-8")


def test_print_measures_the_facts_and_writes_nothing(draft: Path, capfd: Said) -> None:
    before = draft.read_bytes()
    assert invoke("freeze", "fresh", "--print") == 0
    found = facts.TestbedFacts.model_validate_json(capfd.readouterr().out)
    assert 1 <= found.bases <= 8  # half of what the text gives
    assert found.tau > 0
    assert draft.read_bytes() == before


def test_a_draft_that_extends_a_testbed_with_other_prompts_inherits_no_fingerprint(
    draft: Path, tiny_catalog: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Said
) -> None:
    assert tiny_catalog.fingerprint
    other = f'extends = "tiny"\nname = "other"\nsummary = "x"\nn_ctx = {tiny_catalog.n_ctx - 1}\n'
    file = tmp_path / "other.toml"
    file.write_text(other, encoding="utf-8")
    monkeypatch.setattr(spec, "_files", lambda: {"other": file})
    monkeypatch.setattr(spec, "_shipped", lambda _: tiny_catalog)
    assert invoke("freeze", "other", "--print") == 0
    assert stated(file).fingerprint is None
    place = tmp_path / "fingerprint.json"
    monkeypatch.setattr(fingerprint, "path", lambda _: place)
    monkeypatch.setattr(facts, "scaled", lambda testbed, *_, **__: testbed)  # another test's
    capfd.readouterr()
    assert invoke("freeze", "other", "--fingerprint") == 0
    assert capfd.readouterr().out.splitlines()[0] == f"wrote {place}"
    assert stated(file).fingerprint == "other/fingerprint.json"
    assert stated(file).tau != tiny_catalog.tau


def test_the_fingerprint_is_written_first_and_declared(
    draft: Path, tiny_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Said
) -> None:
    place = tmp_path / "fingerprint.json"
    monkeypatch.setattr(fingerprint, "path", lambda _: place)
    assert invoke("freeze", "fresh", "--fingerprint") == 0
    assert capfd.readouterr().out.splitlines()[0] == f"wrote {place}"
    shipped = tiny_home.baselines / "tiny" / "fingerprint.json"
    assert json.loads(place.read_bytes()) == json.loads(shipped.read_bytes())
    assert stated(draft).fingerprint == "fresh/fingerprint.json"
    place.unlink()  # one that is declared and not there is written without being asked for
    assert invoke("freeze", "fresh", "--print") == 0
    assert place.exists()
