"""Every layout of a checkpoint is loaded exactly, or refused in a line that names what is wrong."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from synact_bench.assets import local_files
from synact_bench.core.errors import AssetError, SynactError
from synact_bench.models import checkpoints
from synact_bench.testbeds.spec import HubModel
from tests.helpers.gguf_file import moved
from tests.helpers.hub import snapshot
from tests.helpers.tiny import D_MODEL, VOCABULARY, grouped, tiny_tokenizer

WEIGHTS = "model.safetensors"
Change = Callable[[Path], object]


def llama(*, tied: bool = False) -> Any:
    return moved(LlamaForCausalLM(LlamaConfig(**grouped(tie_word_embeddings=tied))))


def saved(folder: Path, model: Any, **options: Any) -> Path:
    model.save_pretrained(folder, **options)
    tiny_tokenizer().save_pretrained(folder)
    return folder


def in_folder(folder: Path) -> Any:
    return checkpoints.load(local_files.local_model(folder))[0]


def in_hub(folder: Path) -> Any:
    """The same from the cache of a hub, under a name of its own."""
    name = f"me/{folder.parent.name}"
    shutil.copytree(folder, snapshot(Path(os.environ["HF_HOME"]), name), dirs_exist_ok=True)
    return checkpoints.load(HubModel(kind="hub", name=name))[0]


PLACES = {"folder": in_folder, "hub": in_hub}
both_places = pytest.mark.parametrize("load", PLACES.values(), ids=PLACES)


def same(found: Any, due: Any) -> None:
    """Every tensor is the one that was stored, in float32."""
    assert found.state_dict().keys() == due.state_dict().keys()
    for name, weight in due.state_dict().items():
        assert found.state_dict()[name].dtype == torch.float32
        assert torch.equal(found.state_dict()[name], weight.float()), name


def headless(folder: Path) -> None:
    """As saved from the body of a model whose head is tied."""
    file = folder / WEIGHTS
    tensors = {name.removeprefix("model."): each for name, each in load_file(file).items()}
    save_file(tensors, file, metadata={"format": "pt"})


def with_tensors(**more: torch.Tensor) -> Change:
    def change(folder: Path) -> None:
        file = folder / WEIGHTS
        save_file({**load_file(file), **more}, file, metadata={"format": "pt"})

    return change


def with_head(factor: float) -> Change:
    """The tied head is stored, as a multiple of the embeddings."""

    def change(folder: Path) -> None:
        embeddings = load_file(folder / WEIGHTS)["model.embed_tokens.weight"]
        with_tensors(**{"lm_head.weight": factor * embeddings})(folder)

    return change


def sharded(folder: Path) -> None:
    """The same tensors in two files and an index."""
    tensors = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    names = sorted(tensors)
    shards = {f"model-0000{part + 1}-of-00002.safetensors": names[part::2] for part in (0, 1)}
    for file, held in shards.items():
        save_file({each: tensors[each] for each in held}, folder / file, metadata={"format": "pt"})
    index = {"metadata": {}, "weight_map": {each: file for file in shards for each in shards[file]}}
    (folder / f"{WEIGHTS}.index.json").write_text(json.dumps(index))


def in_pickle(folder: Path) -> None:
    torch.save(load_file(folder / WEIGHTS), folder / "pytorch_model.bin")
    (folder / WEIGHTS).unlink()


FREQUENCIES = {"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(2)}
MASKS = {
    "model.layers.0.self_attn.bias": torch.ones(1, 1, 8, 8, dtype=torch.uint8).tril(),
    "model.layers.0.self_attn.masked_bias": torch.tensor(-1e9),
}
LEARNED = {
    "a bias of attention": torch.ones(D_MODEL),
    "a bias for each place": torch.linspace(0, 1, 64).reshape(1, 1, 8, 8),
    "a bias that is square": torch.ones(D_MODEL, D_MODEL),
}
EXACT: dict[str, tuple[Callable[[], Any], dict[str, Any], Change]] = {
    "one file": (llama, {}, lambda folder: None),
    "several files": (llama, {"max_shard_size": "8KB"}, lambda folder: None),
    "tied": (lambda: llama(tied=True), {}, lambda folder: None),
    "bfloat16": (lambda: llama().bfloat16(), {}, lambda folder: None),
    "float16": (lambda: llama().half(), {}, lambda folder: None),
    "a tied head that is stored and equal": (lambda: llama(tied=True), {}, with_head(1)),
    "a body with a tied head": (lambda: llama(tied=True), {}, headless),
    "rotary frequencies of an old version": (llama, {}, with_tensors(**FREQUENCIES)),
    "masks of an old version": (llama, {}, with_tensors(**MASKS)),
    "the same in several files": (
        llama,
        {},
        lambda folder: (with_tensors(**MASKS)(folder), sharded(folder)),
    ),
    "the same in another format beside it": (
        llama,
        {},
        lambda folder: shutil.copy(folder / WEIGHTS, folder / "consolidated.safetensors"),
    ),
}


@both_places
@pytest.mark.parametrize("kind", EXACT)
def test_a_layout_is_loaded_exactly(kind: str, load: Callable[[Path], Any], tmp_path: Path) -> None:
    build, options, change = EXACT[kind]
    model = build()
    folder = saved(tmp_path / "model", model, **options)
    assert len(list(folder.glob("*.safetensors"))) > 1 or kind != "several files"
    change(folder)
    same(load(folder), model)


@pytest.mark.parametrize("change", [lambda _: None, with_tensors(**MASKS)], ids=["bare", "masks"])
def test_a_pickle_is_not_opened(change: Change, tmp_path: Path) -> None:
    folder, known = saved(tmp_path / "model", llama()), torch.load
    change(folder)
    in_pickle(folder)
    with pytest.raises(AssetError, match=r"its weights are in torch's own format, .* pickle"):
        in_hub(folder)
    with pytest.raises(AssetError, match=r"the folder holds no \*\.safetensors"):
        in_folder(folder)
    assert torch.load is known


def test_masks_of_an_old_version_are_not_weights(tmp_path: Path) -> None:
    """Checkpoints of GPT-2 hold them to this day."""
    config = GPT2Config(vocab_size=VOCABULARY, n_embd=D_MODEL, n_layer=2, n_head=4, n_positions=8)
    model = moved(GPT2LMHeadModel(config))
    folder = saved(tmp_path / "model", model)
    masks = {
        "transformer.h.0.attn.bias": torch.ones(8, 8).tril(),
        "transformer.h.0.attn.masked_bias": torch.tensor(-1e4),
    }
    with_tensors(**masks)(folder)
    same(in_folder(folder), model)


def renamed(prefix: str) -> Change:
    def change(folder: Path) -> None:
        file = folder / WEIGHTS
        tensors = {f"{prefix}{name}": each for name, each in load_file(file).items()}
        save_file(tensors, file, metadata={"format": "pt"})

    return change


def without(name: str) -> Change:
    def change(folder: Path) -> None:
        tensors = load_file(folder / WEIGHTS)
        del tensors[name]
        save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})

    return change


def stating(file: str = "config.json", **facts: Any) -> Change:
    def change(folder: Path) -> None:
        stated = json.loads((folder / file).read_text()) | facts
        (folder / file).write_text(json.dumps(stated))

    return change


def cut(folder: Path) -> None:
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[:-100])


CODE = {"AutoModelForCausalLM": "modeling_mine.MineForCausalLM"}
TOKENIZER = "tokenizer_config.json"
HEAD = "lm_head.weight"
REFUSED: dict[str, tuple[Change, str]] = {
    "compiled": (
        renamed("_orig_mod."),
        r"39 missing \(lm_head\.weight, .* and 36 more\); 39 unexpected \(_orig_mod\.lm_head\.wei",
    ),
    "wrapped": (renamed("module."), r"39 missing .* 39 unexpected \(module\.lm_head\.weight, "),
    "a body without head": (without(HEAD), r"1 missing \(lm_head\.weight\); write the bare"),
    "a norm is missing": (without("model.norm.weight"), r"1 missing \(model\.norm\.weight\)"),
    "a tensor too many": (
        with_tensors(**{"model.layers.0.self_attn.q_proj.bias": torch.ones(D_MODEL)}),
        r"1 unexpected \(model\.layers\.0\.self_attn\.q_proj\.bias\)",
    ),
    "a block too many": (stating(num_hidden_layers=3), r"9 unexpected \(model\.layers\.3\."),
    "another shape": (
        stating(intermediate_size=40),
        r"12 of another shape \(.*\.mlp\.down_proj\.weight \(\(16, 24\), not \(16, 40\)\)",
    ),
    "a file cut short": (cut, r"damaged or cut short: "),
    "code beside it": (stating(auto_map=CODE), r"config\.json asks for code of its own \(auto_map"),
    "an unknown model with code": (
        stating(model_type="mine", auto_map=CODE),
        r"config\.json asks for code of its own",
    ),
    "a tokenizer with code": (
        stating(TOKENIZER, auto_map={"AutoTokenizer": ["tokenization_mine.Mine", None]}),
        r"tokenizer_config\.json asks for code of its own",
    ),
    "an unknown model": (stating(model_type="not-known-yet"), r"cannot be loaded: .*not-known-yet"),
    "a config of no sense": (stating(hidden_size="wide"), r"cannot be loaded: "),
}
REFUSED |= {
    kind: (
        with_tensors(**{"model.layers.0.self_attn.bias": bias}),
        r"1 unexpected \(model\.layers\.0\.self_attn\.bias\); write the bare model",
    )
    for kind, bias in LEARNED.items()
}
REFUSED |= {
    f"quantised by {method}": (
        stating(quantization_config={"quant_method": method}),
        rf"its weights are quantised \({method}\), which nothing here undoes exactly; give the unq",
    )
    for method in ("bitsandbytes", "gptq", "awq", "fp8", "compressed-tensors", "unheard-of")
}


@both_places
@pytest.mark.parametrize("kind", REFUSED)
def test_a_layout_is_refused_in_a_line(
    kind: str,
    load: Callable[[Path], Any],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change, reason = REFUSED[kind]
    folder = saved(tmp_path / "model", llama())
    change(folder)
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked at the terminal"))
    (folder / "modeling_mine.py").write_text("raise SystemExit('foreign code was run')")
    monkeypatch.setattr(logging.getLogger("transformers"), "propagate", True)
    with (
        caplog.at_level(logging.WARNING, "transformers"),
        pytest.raises(SynactError, match=reason) as caught,
    ):
        load(folder)
    assert "\n" not in str(caught.value)
    assert not caplog.records


@both_places
def test_a_tied_head_that_is_stored_and_differs_is_refused(
    load: Callable[[Path], Any], tmp_path: Path
) -> None:
    folder = saved(tmp_path / "model", llama(tied=True))
    with_head(2)(folder)
    reason = r"lm_head\.weight is stored and differs from model\.embed_tokens\.weight, to which"
    with pytest.raises(AssetError, match=reason):
        load(folder)


@both_places
def test_an_index_that_names_missing_files_is_refused(
    load: Callable[[Path], Any], tmp_path: Path
) -> None:
    folder = saved(tmp_path / "model", llama(), max_shard_size="8KB")
    sorted(folder.glob("model-*"))[1].unlink()
    with pytest.raises(AssetError, match=r"cannot be loaded: .*model-00002-of-") as caught:
        load(folder)
    assert "\n" not in str(caught.value)


@both_places
def test_a_tensor_that_no_file_holds_is_missing_whatever_the_index_says(
    load: Callable[[Path], Any], tmp_path: Path
) -> None:
    folder = saved(tmp_path / "model", llama(), max_shard_size="8KB")
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    file = folder / index["weight_map"]["model.norm.weight"]
    tensors = load_file(file)
    del tensors["model.norm.weight"]
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(AssetError, match=r"1 missing \(model\.norm\.weight\)"):
        load(folder)


def test_a_folder_that_holds_the_weights_twice_is_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", llama(), max_shard_size="8KB")
    saved(tmp_path / "other", llama())
    shutil.copy(tmp_path / "other" / WEIGHTS, folder)
    with pytest.raises(
        AssetError, match=r"holds both model\.safetensors and model\.safetensors\.in"
    ):
        in_folder(folder)


def test_an_adapter_of_a_hub_is_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", llama())
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "me/base"}))
    with pytest.raises(
        AssetError, match=r"there is an adapter .*, which may or may not be applied"
    ):
        in_hub(folder)
