from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from transformers import PretrainedConfig

from synact_bench.assets import local_files, packages
from synact_bench.core.errors import AssetError, SubjectError
from synact_bench.models import architectures, checkpoints
from synact_bench.models.checkpoints import Shape
from tests.helpers.gguf_file import save_gguf
from tests.helpers.tiny import D_MODEL, LAYERS, save_tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_tiny("llama", tmp_path / "model")
    return tmp_path / "model"


def test_a_folder_is_told_by_what_it_holds_and_not_by_where_it_is(folder: Path) -> None:
    first = local_files.local_model(folder)
    (folder / "README.md").write_text("About it.")
    moved = folder.rename(folder.with_name("moved"))
    assert local_files.local_model(moved).sha256 == first.sha256
    assert local_files.local_model(moved).path == str(moved)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_an_edit_makes_another_model(folder: Path, name: str) -> None:
    declared = local_files.local_model(folder)
    assert local_files.verified(declared) == folder
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content + b" ")
    found = local_files.local_model(folder).sha256
    assert found != declared.sha256
    message = rf"^{folder}: SHA-256 is {found}, the testbed pins {declared.sha256}: .*; restore it"
    with pytest.raises(AssetError, match=message):
        checkpoints.load(declared)


@pytest.mark.parametrize(
    ("missing", "complaint"),
    [
        ("model.safetensors", "the folder holds no *.safetensors; write model and tokenizer"),
        ("config.json", "the folder holds no config.json; write"),
    ],
)
def test_a_folder_without_a_part_is_refused(folder: Path, missing: str, complaint: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(AssetError, match=re.escape(f"model {folder}: {complaint}")):
        local_files.local_model(folder)


def test_added_tokens_make_another_model(folder: Path) -> None:
    declared = local_files.local_model(folder)
    (folder / "added_tokens.json").write_text('{"<more>": 97}')
    assert local_files.local_model(folder).sha256 != declared.sha256


def test_an_adapter_is_refused(folder: Path) -> None:
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(
        AssetError, match=r"^model .*: there is an adapter .*; merge it into the weights"
    ):
        local_files.local_model(folder)


def test_an_sae_s_config_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "cfg.json").write_text('{"architecture": "standard"}', encoding="utf-8-sig")
    assert local_files.sae_config(tmp_path) == {"architecture": "standard"}


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.touch()
    with pytest.raises(AssetError, match=r"is neither a folder nor a \.gguf file; give a folder"):
        local_files.local_model(file)
    with pytest.raises(AssetError, match="no such file or folder; give a folder with"):
        local_files.local_model(tmp_path / "none.gguf")
    with pytest.raises(AssetError, match=r"no such folder; give a folder in sae_lens's format"):
        local_files.local_sae(tmp_path / "none")
    with pytest.raises(AssetError, match=r"the folder holds no cfg\.json; give a folder in sae"):
        local_files.local_sae(tmp_path)


def test_a_folder_is_loaded_and_measured(folder: Path) -> None:
    source = local_files.local_model(folder)
    model, tokenizer = checkpoints.load(source)
    assert model.dtype == torch.float32
    assert tokenizer("w7")["input_ids"] == [7]
    assert checkpoints.shape(source) == Shape(layers=LAYERS, d_model=D_MODEL, centrable=False)


def test_a_gguf_file_is_dequantised_once_to_the_weights_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "tiny.gguf"
    original = save_gguf(file)
    source = local_files.local_model(file)
    assert source.sha256 == packages.sha256(file)
    model, tokenizer = checkpoints.load(source)
    for name, weight in original.state_dict().items():
        assert torch.equal(model.state_dict()[name], weight)
    assert tokenizer.decode(tokenizer("w12 w5")["input_ids"]) == "w12 w5"
    monkeypatch.setattr(checkpoints, "_convert", lambda *_, **__: pytest.fail("converted again"))
    assert checkpoints.shape(source) == Shape(layers=LAYERS, d_model=D_MODEL, centrable=False)


def test_an_architecture_is_refused_before_a_gguf_file_is_dequantised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(config: PretrainedConfig, *, where: str) -> None:
        raise SubjectError(f"a {config.model_type}", where=where, fix="choose another")

    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(architectures, "refuse_unsupported", refuse)
    monkeypatch.setattr(checkpoints, "AutoModelForCausalLM", None)
    save_gguf(tmp_path / "tiny.gguf")
    with pytest.raises(SubjectError, match=r"tiny\.gguf: a llama; choose another"):
        checkpoints.load(local_files.local_model(tmp_path / "tiny.gguf"))
    assert (tmp_path / "tiny.gguf").is_file()


def test_a_broken_gguf_file_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(
        AssetError, match=r"broken\.gguf: it is no GGUF file, or a damaged one: .*; give the"
    ):
        checkpoints.load(local_files.local_model(file))
    assert not [each for each in (tmp_path / "cache" / "models").iterdir() if each.is_dir()]


def test_another_architecture_than_a_language_model_is_said_in_a_line(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "no-such-model"}')
    with pytest.raises(AssetError, match=r"model cannot be loaded: .*; give a causal language"):
        checkpoints.load(local_files.local_model(folder))
