"""Shipped files say what is true, and nothing about the machine they were made on."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from synact_bench.assets import packages
from synact_bench.models.sae import TOLERANCE
from synact_bench.models.train_sae import SaeCard
from synact_bench.testbeds import spec

ROOT = Path(__file__).parents[1]
# Written in parts, so that this file does not contain what it looks for.
MACHINE = re.compile(
    r"(?<![\w.}~])/(?:tmp|root|work|home|Users)/" + "|" + r"(?:pypi|pythonhosted)\.(?:org|io)"
)


def tracked() -> list[Path]:
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a checkout")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_tracked_text_file_names_a_machine_s_folder_or_a_registry() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        lines = enumerate(text.splitlines(), start=1)
        found += [f"{path.relative_to(ROOT)}:{at}" for at, line in lines if MACHINE.search(line)]
    assert found == []


@pytest.mark.parametrize("folder", ["tmp", "root", "home"])
def test_the_search_finds_a_folder_of_a_machine(folder: str) -> None:
    assert MACHINE.search(f"saved in /{folder}/someone")
    assert not MACHINE.search(f"saved in runs/{folder}/someone")


SHIPPED = [each for each in spec.catalog().values() if isinstance(each.sae, spec.ShippedSae)]


@pytest.mark.parametrize("testbed", SHIPPED, ids=lambda each: each.name)
def test_a_shipped_sae_is_the_one_its_card_and_its_testbed_describe(testbed: spec.Testbed) -> None:
    assert isinstance(testbed.sae, spec.ShippedSae)
    folder = spec.baselines() / testbed.sae.folder
    card = SaeCard.model_validate_json((folder / "card.json").read_text(encoding="utf-8"))
    weights = folder / "sae_weights.safetensors"
    assert card.weights_sha256 == packages.sha256(weights) == testbed.sae.sha256
    assert weights.stat().st_size < 12e6
    assert card.testbed == spec.find(card.testbed.partition("@")[0]).identity
    assert card.hook_name == testbed.write_hook
    assert card.explained_variance == pytest.approx(testbed.explained_variance, abs=TOLERANCE)


def test_what_was_measured_elsewhere_is_not_taken_over() -> None:
    """A built-in testbed that extends another states every fact that is measured there."""
    files = sorted((Path(spec.__file__).parent / "catalog").glob("*.toml"))
    stated = [spec.facts_of(path.read_text(encoding="utf-8"), where=path.name) for path in files]
    extending = [facts for facts in stated if "extends" in facts]
    assert extending
    for facts in extending:
        if spec.find(facts["extends"]).explained_variance is not None:  # none of it a guess
            assert spec.MEASURED - facts.keys() <= {"bases", "scale"}, facts["name"]


def test_every_declared_fingerprint_is_shipped() -> None:
    declared = [each.fingerprint for each in spec.catalog().values() if each.fingerprint]
    assert declared
    for name in declared:
        assert (spec.baselines() / name).is_file()
