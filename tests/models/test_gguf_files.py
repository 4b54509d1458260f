"""GGUF files give the numbers of the folders that they were made from, or are refused in a line."""

from __future__ import annotations

import struct
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
import transformers
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from synact_bench.assets import local_files, packages
from synact_bench.core.errors import AssetError
from synact_bench.models import checkpoints, gguf_files
from tests.helpers.gguf_file import moved, save_gguf
from tests.helpers.tiny import D_MODEL, LAYERS, VOCABULARY, grouped, tiny_tokenizer, token_ids

WIDE = {"head_dim": 256}
"""Of Gemma: with heads of this width alone no file needs to state how scores are scaled."""


def gpt2() -> Any:
    return GPT2LMHeadModel(
        GPT2Config(vocab_size=VOCABULARY, n_embd=D_MODEL, n_layer=2, n_head=4, n_positions=1024)
    )


def gemma3(**others: Any) -> Any:
    """Six blocks, the last of which sees everything."""
    return Gemma3ForCausalLM(
        Gemma3TextConfig(**grouped(**WIDE, pad_token_id=0, num_hidden_layers=6, **others))
    )


BUILDERS: dict[str, Callable[[], Any]] = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**grouped(tie_word_embeddings=False))),
    "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**grouped(tie_word_embeddings=True))),
    "qwen3": lambda: Qwen3ForCausalLM(Qwen3Config(**grouped(head_dim=128))),
    "gemma2": lambda: Gemma2ForCausalLM(Gemma2Config(**grouped(**WIDE, pad_token_id=0))),
    "gemma3": gemma3,
    "gpt2": gpt2,
}
ROTATED = {
    "linear": {"rope_type": "linear", "factor": 8.0},
    "yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 8},
    "yarn with its betas": {
        "rope_type": "yarn",
        "factor": 4.0,
        "original_max_position_embeddings": 8,
        "beta_fast": 16.0,
        "beta_slow": 2.0,
    },
}
THETA = {"rope_theta": 10_000.0}


@pytest.fixture(autouse=True)
def _empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(token_ids(3, 24)).logits
    return found


def compare(file: Path, model: Any, folder: Path) -> None:
    """The file gives the logits of the folder."""
    model.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    due = logits(checkpoints.load(local_files.local_model(folder))[0])
    found = logits(checkpoints.load(local_files.local_model(file))[0])
    torch.testing.assert_close(found, due, rtol=1e-4, atol=1e-4)


def refused(file: Path, reason: str) -> None:
    """Loading says so in a line, and leaves nothing behind."""
    for _ in range(2):
        with pytest.raises(AssetError, match=reason) as caught:
            checkpoints.load(local_files.local_model(file))
        assert "\n" not in str(caught.value)
    made = packages.cache_folder() / "models"
    assert [each for each in made.iterdir() if each.suffix != ".lock"] == []


def test_every_architecture_that_is_read_is_compared() -> None:
    assert set(BUILDERS) == set(gguf_files.COMPARED)


@pytest.mark.parametrize("kind", BUILDERS)
def test_a_file_gives_the_numbers_of_its_folder(kind: str, tmp_path: Path) -> None:
    model = moved(BUILDERS[kind]())
    save_gguf(tmp_path / "tiny.gguf", model, architecture=kind)
    compare(tmp_path / "tiny.gguf", model, tmp_path / "folder")


def scaling(facts: dict[str, Any]) -> Callable[[gguf.GGUFWriter], None]:
    """What llama.cpp's converter writes of a folder's rotary scaling."""

    def add(writer: gguf.GGUFWriter) -> None:
        writer.add_rope_scaling_type(gguf.RopeScalingType(facts["rope_type"]))
        writer.add_rope_scaling_factor(facts["factor"])
        if "original_max_position_embeddings" in facts:
            writer.add_rope_scaling_orig_ctx_len(facts["original_max_position_embeddings"])
        if "beta_fast" in facts:
            writer.add_float32("llama.rope.scaling.yarn_beta_fast", facts["beta_fast"])
            writer.add_float32("llama.rope.scaling.yarn_beta_slow", facts["beta_slow"])

    return add


@pytest.mark.parametrize("kind", ROTATED)
def test_rotary_scaling_is_that_of_the_folder(kind: str, tmp_path: Path) -> None:
    facts = ROTATED[kind]
    plain = moved(BUILDERS["llama"]())
    model = LlamaForCausalLM(LlamaConfig(**grouped(rope_parameters=facts | THETA)))
    model.load_state_dict(plain.state_dict())
    assert not torch.allclose(logits(model.eval()), logits(plain), atol=1e-3)
    save_gguf(tmp_path / "tiny.gguf", model, add=scaling(facts))
    compare(tmp_path / "tiny.gguf", model, tmp_path / "folder")


def test_blocks_with_a_sliding_window_are_not_scaled(tmp_path: Path) -> None:
    facts = ROTATED["linear"]
    plain = moved(gemma3())
    rotary = {**plain.config.rope_parameters}
    rotary["full_attention"] = {**rotary["full_attention"], **facts}
    model = gemma3(rope_parameters=rotary)
    model.load_state_dict(plain.state_dict())
    assert not torch.allclose(logits(model.eval()), logits(plain), atol=1e-4)
    save_gguf(tmp_path / "tiny.gguf", model, architecture="gemma3", add=scaling(facts))
    compare(tmp_path / "tiny.gguf", model, tmp_path / "folder")


def key(name: str, value: float | int | str | bool) -> Callable[[gguf.GGUFWriter], None]:
    """One more key in the file."""

    def add(writer: gguf.GGUFWriter) -> None:
        kinds = {bool: "add_bool", int: "add_uint32", float: "add_float32", str: "add_string"}
        getattr(writer, kinds[type(value)])(name, value)

    return add


def tensor(name: str) -> Callable[[gguf.GGUFWriter], None]:
    """One more tensor in the file."""
    return lambda writer: writer.add_tensor(name, np.ones(D_MODEL, dtype=np.float32))


def both(*each: Callable[[gguf.GGUFWriter], object]) -> Callable[[gguf.GGUFWriter], None]:
    """All of these."""

    def add(writer: gguf.GGUFWriter) -> None:
        for one in each:
            one(writer)

    return add


YARN = scaling(ROTATED["yarn"])
REFUSED: dict[str, tuple[Callable[[gguf.GGUFWriter], object], str]] = {
    "longrope": (key("llama.rope.scaling.type", "longrope"), r"llama.rope.scaling.type = longrope"),
    "yarn without its context": (
        both(
            key("llama.rope.scaling.type", "yarn"),
            key("llama.rope.scaling.factor", 4.0),
        ),
        r"states llama\.rope\.scaling\.type = yarn, which would be dropped; give the model as a",
    ),
    "yarn with a factor of attention": (
        both(YARN, key("llama.rope.scaling.yarn_attn_factor", 0.5)),
        r"llama\.rope\.scaling\.yarn_attn_factor = 0\.5",
    ),
    "linear of a former spelling": (
        key("llama.rope.scale_linear", 8.0),
        r"states llama\.rope\.scale_linear = 8\.0, which would be dropped",
    ),
    "llama3": (tensor("rope_freqs.weight"), r"1 tensors that would be dropped \(rope_freqs\.w"),
    "biases": (tensor("blk.0.attn_q.bias"), r"would be dropped \(blk\.0\.attn_q\.bias\)"),
    "a sliding window": (
        key("llama.attention.sliding_window", 3),
        r"states llama\.attention\.sliding_window = 3",
    ),
    "scaled logits": (key("llama.logit_scale", 0.5), r"states llama\.logit_scale = 0\.5"),
    "part of a rotation": (
        key("llama.attention.key_length", 6),
        r"states llama\.attention\.key_length = 6",
    ),
    "experts": (key("llama.expert_count", 4), r"states llama\.expert_count = 4"),
    "an unknown namespace": (key("xielu.eps", 0.5), r"states xielu\.eps = 0\.5"),
    "an adapter": (key("general.type", "adapter"), r"it is no model, but of type adapter"),
    "a part": (
        lambda writer: writer.add_uint16("split.count", 2),
        r"it is one file of 2 \(split\.count\); merge them: gguf-split --merge",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_the_loader_drops_is_refused(kind: str, tmp_path: Path) -> None:
    add, reason = REFUSED[kind]
    save_gguf(tmp_path / "tiny.gguf", add=add)
    refused(tmp_path / "tiny.gguf", reason)


INERT = {
    "no scaling": both(
        key("llama.rope.scaling.type", "none"), key("llama.rope.scaling.finetuned", True)
    ),
    "no experts": key("llama.expert_count", 0),
    "no window": key("llama.attention.sliding_window", 0),
    "whole": lambda writer: writer.add_uint16("split.count", 1),
    "an importance matrix": key("quantize.imatrix.file", "words.dat"),
    "a note": key("general.quantized_by", "somebody"),
}


@pytest.mark.parametrize("kind", INERT)
def test_what_changes_nothing_is_read(kind: str, tmp_path: Path) -> None:
    model = save_gguf(tmp_path / "tiny.gguf", add=INERT[kind])
    compare(tmp_path / "tiny.gguf", model, tmp_path / "folder")


@pytest.mark.parametrize("lacking", ["blk.2", "output_norm", "token_embd"])
def test_a_file_that_lacks_tensors_is_refused(lacking: str, tmp_path: Path) -> None:
    save_gguf(tmp_path / "tiny.gguf", keep=lambda name: not name.startswith(lacking))
    refused(tmp_path / "tiny.gguf", r"tiny\.gguf: the stored tensors are not those of .* missing")


def test_a_rotary_base_that_is_not_stated_is_llama_cpp_s(tmp_path: Path) -> None:
    """The class has another default; without the key llama.cpp takes 10,000."""
    config = BUILDERS["gemma3"]().config
    stated = gguf_files.Stated("tiny.gguf", "gemma3", {}, frozenset())
    with pytest.raises(AssetError, match=r"states gemma3\.rope\.freq_base = 10000\.0"):
        gguf_files.refuse_dropped(config, set(), stated)


def test_a_scale_of_scores_that_is_not_stated_is_llama_cpp_s(tmp_path: Path) -> None:
    model = moved(Gemma2ForCausalLM(Gemma2Config(**grouped(head_dim=8, pad_token_id=0))))
    save_gguf(tmp_path / "tiny.gguf", model, architecture="gemma2")
    refused(tmp_path / "tiny.gguf", r"gemma2\.attention scale = 8, which would be dropped")


def test_other_architectures_are_refused(tmp_path: Path) -> None:
    save_gguf(tmp_path / "tiny.gguf", architecture="llama")
    content = (tmp_path / "tiny.gguf").read_bytes()
    (tmp_path / "tiny.gguf").write_bytes(content.replace(b"llama", b"falco"))
    refused(tmp_path / "tiny.gguf", r"GGUF files are read exactly of llama, .*, and this is falco")


QUANTISED = ("F16", "BF16", "Q8_0", "Q5_0", "Q5_1", "Q4_0", "Q4_1")


@pytest.mark.parametrize("name", QUANTISED)
def test_quantised_weights_are_those_that_the_file_holds(name: str, tmp_path: Path) -> None:
    stored = gguf.GGMLQuantizationType[name]
    facts = grouped(hidden_size=64, intermediate_size=96, tie_word_embeddings=False)
    model = moved(LlamaForCausalLM(LlamaConfig(**facts)))
    save_gguf(tmp_path / "tiny.gguf", model, stored=stored)
    loaded, _ = checkpoints.load(local_files.local_model(tmp_path / "tiny.gguf"))
    reader = gguf.GGUFReader(tmp_path / "tiny.gguf")
    (held,) = (each for each in reader.tensors if each.name == "blk.1.ffn_up.weight")
    assert held.tensor_type == stored
    due = torch.from_numpy(gguf.dequantize(held.data, held.tensor_type))
    found = loaded.model.layers[1].mlp.up_proj.weight
    assert torch.equal(found, due)
    near = model.model.layers[1].mlp.up_proj.weight
    assert 0 < (found - near).abs().max() < 0.1


def test_newer_libraries_convert_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_gguf(tmp_path / "tiny.gguf")
    source = local_files.local_model(tmp_path / "tiny.gguf")
    first = checkpoints.load(source)[0].config.name_or_path
    assert first == str(checkpoints.dequantised(source.sha256))
    for change in (
        (torch, "__version__", "99.0"),
        (transformers, "__version__", "99.0"),
        (metadata, "version", lambda name: "99.0"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(*change)
            assert str(checkpoints.dequantised(source.sha256)) != first
    monkeypatch.setattr(transformers, "__version__", "99.0")
    newer = checkpoints.load(source)[0].config.name_or_path
    assert newer != first
    assert Path(first).is_dir()


def test_a_link_of_a_hub_s_cache_is_read(tmp_path: Path) -> None:
    blob, link = tmp_path / "blobs" / "5f1c2e", tmp_path / "snapshots" / "tiny.gguf"
    blob.parent.mkdir()
    link.parent.mkdir()
    model = save_gguf(blob)
    link.symlink_to("../blobs/5f1c2e")
    source = local_files.local_model(link)
    assert source.path == str(link)
    assert source.sha256 == packages.sha256(blob)
    compare(link, model, tmp_path / "folder")
    link.unlink()
    link.symlink_to("../blobs/none")
    with pytest.raises(AssetError, match="no such file or folder"):
        local_files.local_model(link)
    assert len(model.model.layers) == LAYERS


def header(*fields: bytes, tensors: int = 0) -> bytes:
    """The beginning of a file, and fields of it."""
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, len(fields)) + b"".join(fields)


def field(key: str, kind: int, value: bytes) -> bytes:
    return struct.pack("<Q", len(key)) + key.encode() + struct.pack("<I", kind) + value


LLAMA = field("general.architecture", 8, struct.pack("<Q", 5) + b"llama")
DAMAGED = {
    "nothing": b"",
    "another file": b"PAR1" * 20,
    "a list of 2**60 numbers": header(LLAMA, field("a.b", 9, struct.pack("<IQ", 4, 2**60))),
    "a list of 2**60 texts": header(LLAMA, field("a.b", 9, struct.pack("<IQ", 8, 2**60))),
    "a text of 2**63 bytes": header(LLAMA, field("a.b", 8, struct.pack("<Q", 2**63))),
    "2**60 fields": b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60) + LLAMA,
    "2**60 tensors": header(LLAMA, tensors=2**60),
    "lists of lists": header(LLAMA, field("a.b", 9, struct.pack("<IQ", 9, 1) * 5_000)),
    "a field twice": header(LLAMA, LLAMA),
    "a field of no type": header(LLAMA, field("a.b", 99, b"")),
    "a name that is no text": header(LLAMA, field("a", 4, b"\0" * 4).replace(b"a", b"\xff")),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_file_that_states_more_than_it_holds_is_refused_at_once(kind: str, tmp_path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(DAMAGED[kind])
    with pytest.raises(AssetError, match=r"^here: it is no GGUF file, or a damaged one"):
        gguf_files.read(file, where="here")


def test_more_blocks_than_tensors_are_refused_before_a_model_is_made(tmp_path) -> None:
    file = tmp_path / "model.gguf"
    blocks = field("llama.block_count", 4, struct.pack("<I", 2**31))
    file.write_bytes(header(LLAMA, blocks))
    with pytest.raises(AssetError, match="it states 2147483648 blocks and holds 0 tensors"):
        gguf_files.read(file, where="here")


def test_a_long_value_is_shortened_in_the_refusal(tmp_path) -> None:
    file = tmp_path / "model.gguf"
    text = b"x" * 10_000
    file.write_bytes(header(LLAMA, field("odd", 8, struct.pack("<Q", len(text)) + text)))
    with pytest.raises(AssetError, match=r"it states odd = x{60}\.\.\., which") as found:
        gguf_files.read(file, where="here")
    assert len(str(found.value)) < 300
