from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synact_bench.assets import custom_file, local_files
from synact_bench.core.errors import AssetError, SubjectError, SynactError, UnknownNameError
from synact_bench.models import custom
from synact_bench.run import lookup
from synact_bench.run.options import RunOptions
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import Setup, Testbed
from tests.helpers.testbeds import write_documents
from tests.helpers.tiny import save_tiny

HOOK = "blocks.1.hook_resid_pre"
MEASURED = {"absolute_length": 4.5, "tau": 0.75, "explained_variance": 1.0, "l0": 16.0}


@pytest.fixture
def wanted(tmp_path: Path) -> Setup:
    save_tiny("llama", tmp_path / "model")
    text = write_documents(tmp_path / "text", documents=3)
    return custom.declare(str(tmp_path / "model"), HOOK, text=text, n_ctx=6)


def test_a_testbed_is_asked_for_by_name_file_or_declaration(wanted: Setup, tmp_path: Path) -> None:
    assert lookup.setup("smollm2-135m") is spec.find("smollm2-135m")
    assert lookup.setup(wanted) is wanted
    file = tmp_path / "mine.toml"
    file.write_text(
        custom_file.dumps(Testbed.model_validate(wanted.model_dump() | MEASURED)), "utf-8"
    )
    assert lookup.setup(file) == lookup.setup(str(file)) == custom_file.read(file)
    with pytest.raises(UnknownNameError, match="no testbed 'smollm'"):
        lookup.setup("smollm")


def test_a_declaration_that_bears_a_built_in_name_must_be_that_testbed() -> None:
    built_in = spec.find("smollm2-135m")
    other = built_in.model_copy(update={"n_ctx": 32})
    message = "testbed smollm2-135m: a built-in testbed of this name states other .*; give the decl"
    for wanted in (other, other.setup):
        with pytest.raises(SubjectError, match=message):
            lookup.setup(wanted)
    assert lookup.setup(built_in) is built_in


def test_a_declaration_of_changed_weights_is_refused_before_stored_cells_are_shown(
    wanted: Setup,
) -> None:
    path = Path(wanted.model.path) / "model.safetensors"
    path.write_bytes(path.read_bytes() + b" ")
    assert local_files.local_model(path.parent).sha256 != wanted.model.sha256
    with pytest.raises(AssetError, match="its content was changed"):
        lookup.setup(wanted)


def test_a_declaration_of_an_edited_text_is_refused_unless_another_takes_its_place(
    wanted: Setup, tmp_path: Path
) -> None:
    (tmp_path / "text" / "more.txt").write_text("w1 w2 w3", encoding="utf-8")
    with pytest.raises(AssetError, match=r"text: SHA-256 is .*its content was changed"):
        lookup.setup(wanted)
    other = write_documents(tmp_path / "other", documents=2, seed=1)
    assert lookup.setup(wanted, text=other).text.origin != wanted.text.origin


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("transcoder", "writes at another hook than it reads"), ("batchtopk", "further training")],
)
def test_an_sae_that_its_config_rules_out_is_refused_before_the_model_is_opened(
    kind: str, reason: str, wanted: Setup, tmp_path: Path
) -> None:
    folder = tmp_path / "sae"
    folder.mkdir()
    (folder / "sae_weights.safetensors").touch()
    (folder / "cfg.json").write_text(json.dumps({"architecture": kind}), encoding="utf-8")
    with pytest.raises(SubjectError, match=reason):
        lookup.setup(custom.varied(wanted, sae=str(folder)))


def test_another_text_has_another_name_and_no_declared_l0(wanted: Setup, tmp_path: Path) -> None:
    text = write_documents(tmp_path / "other", documents=2, seed=1)
    built_in = lookup.setup("smollm2-135m", text=text)
    assert isinstance(built_in, Testbed)
    assert built_in.name.startswith("smollm2-135m-text-")
    assert (built_in.l0, built_in.tau) == (None, spec.find("smollm2-135m").tau)
    mine = lookup.setup(wanted, text=text)
    assert mine.name == f"{wanted.name}-text-{mine.text.sha256[:8]}"
    assert not isinstance(mine, Testbed)


def test_a_built_in_testbed_on_another_text_is_nobody_s_own(wanted: Setup, tmp_path: Path) -> None:
    text = write_documents(tmp_path / "other", documents=2, seed=1)
    assert not lookup.is_custom(lookup.setup("smollm2-135m", text=text))
    assert lookup.is_custom(wanted)


@pytest.mark.parametrize("stated", ["blocks.2.hook_resid_pre", "model.layers.2"])
def test_an_sae_of_another_hook_is_refused_before_the_model_is_opened(
    stated: str, wanted: Setup, tmp_path: Path
) -> None:
    folder = tmp_path / "sae"
    folder.mkdir()
    (folder / "sae_weights.safetensors").touch()
    sizes = {"d_in": 16, "d_sae": 32, "dtype": "float32"}
    config = {"architecture": "standard", **sizes, "metadata": {"hook_name": stated}}
    (folder / "cfg.json").write_text(json.dumps(config), encoding="utf-8")
    asked = RunOptions(
        model=wanted.model.path, hook=HOOK, text=tmp_path / "text", n_ctx=6, sae=str(folder)
    )
    refused = pytest.raises(
        SubjectError, match=f"it was trained at {stated}, activations are taken at"
    )
    with refused:
        lookup.declared(asked)
    # What trains another SAE on a file that declares this one opens neither.
    facts = wanted.model_dump() | MEASURED | {"sae": local_files.local_sae(folder)}
    declares = Testbed.model_validate(facts)
    file = tmp_path / "mine.toml"
    file.write_text(custom_file.dumps(declares), encoding="utf-8")
    with refused:
        lookup.declared(RunOptions(testbed=str(file)))
    assert lookup.declared(RunOptions(testbed=str(file)), opens_sae=False) == declares


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"hook": HOOK}, "--hook: of a custom model"),
        ({"model": "m"}, "--model: needs --hook"),
        ({"model": "m", "hook": HOOK, "testbed": "tiny"}, "--testbed and --model: are mutually"),
    ],
)
def test_options_that_do_not_go_together_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(SynactError, match=message):
        lookup.declared(RunOptions(**given))
