"""A local hub cache with everything that ``gpt2-small`` asks a hub for, tiny and random.

The files lie where ``huggingface_hub`` and ``datasets`` look for them, so that with the offline
switch on the package's own code reads them by their real names.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from datasets import Dataset, disable_progress_bars, enable_progress_bars
from datasets.packaged_modules.parquet.parquet import Parquet
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast
from transformers.utils import logging as transformers_logging

from synact_bench.assets.text import documents
from synact_bench.models.language_model import LanguageModel
from synact_bench.models.subject import Text
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import Testbed
from tests.helpers.toys import rng_of

MODEL = "gpt2"
SAES = "jbloom/GPT2-Small-SAEs-Reformatted"
TOKENS = "apollo-research/Skylion007-openwebtext-tokenizer-gpt2"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
END = "<|endoftext|>"

D_MODEL, LAYERS, VOCABULARY = 16, 12, 300
ROWS, ROW_LENGTH = 1500, 12
SAE_LAYERS = (1, 2)
DEAD = 8
"""Latents of each SAE that never fire."""
NEVER = -10.0
"""What sae_lens stores for them: log10 of the 1e-10 that it adds to every frequency."""
LEGACY = {
    "model_name": "gpt2-small",
    "hook_point_head_index": None,
    "dataset_path": "Skylion007/openwebtext",
    "context_size": 128,
    "d_in": D_MODEL,
    "dtype": "torch.float32",
    "device": "cpu",
}
"""Fields of ``cfg.json`` as the release has them, from before sae_lens 6."""


def fill(home: Path) -> None:
    """Write model, tokenizer, tokens and SAEs into ``home``, the ``HF_HOME`` of this process."""
    transformers_logging.disable_progress_bar()
    folder = snapshot(home, MODEL)
    _model().save_pretrained(folder)
    _tokenizer().save_pretrained(folder)
    _tokens(home)
    declared = spec.find("gpt2-small")
    model = LanguageModel.load(declared.model, centred=True)
    for layer in SAE_LAYERS:
        hook = f"blocks.{layer}.hook_resid_pre"
        folder = snapshot(home, SAES) / hook
        folder.mkdir()
        _sae(folder, hook, pool(at_layer(layer), model))


def at_layer(layer: int) -> Testbed:
    """``gpt2-small`` at another layer of the same release, as a person would declare it."""
    hook = f"blocks.{layer}.hook_resid_pre"
    text = f"""
        extends = "gpt2-small"
        name = "gpt2-small-layer{layer}"
        version = "1"
        summary = "GPT-2 small, layer {layer}."
        write_hook = "{hook}"

        [sae]
        kind = "release"
        release = "gpt2-small-res-jb"
        id = "{hook}"
    """
    return spec.parse(text, where=f"layer{layer}.toml")


def pool(testbed: Testbed, model: LanguageModel) -> Tensor:
    """Activations of all train prompts, ``[n, d_model]``."""
    text = Text(testbed, model, documents(testbed.text))
    return text.activations(text.windows("train"))


def snapshot(home: Path, repository: str) -> Path:
    """The folder of a repository's only commit, made with the reference that names it."""
    folder = home / "hub" / f"models--{repository.replace('/', '--')}"
    made = folder / "snapshots" / COMMIT
    made.mkdir(parents=True, exist_ok=True)
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(COMMIT, encoding="utf-8")
    return made


def _model() -> GPT2LMHeadModel:
    """GPT-2 with twelve small layers; every weight, bias and norm is away from 0 and 1."""
    config = GPT2Config(
        vocab_size=VOCABULARY,
        n_positions=32,
        n_embd=D_MODEL,
        n_layer=LAYERS,
        n_head=4,
        bos_token_id=0,
        eos_token_id=0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = GPT2LMHeadModel(config)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.25 * torch.randn_like(parameter))
    return model


def _tokenizer() -> PreTrainedTokenizerFast:
    """Byte-level BPE, trained on a few words."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    trainer = BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END],
        initial_alphabet=ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["a step comes where a plateau ends"] * 4, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=END, eos_token=END, unk_token=END
    )


def _tokens(home: Path) -> None:
    """What ``datasets.load_dataset`` leaves behind once it has prepared the data set."""
    ids = torch.randint(1, VOCABULARY, (ROWS, ROW_LENGTH), generator=rng_of(0))
    disable_progress_bars()
    file = home / "tokens.parquet"
    Dataset.from_dict({"input_ids": ids.tolist()}).to_parquet(file)
    owner, _, name = TOKENS.partition("/")
    cache, files = home / "datasets", {"train": [str(file)]}
    Parquet(
        cache_dir=str(cache), dataset_name=name, hash=COMMIT, data_files=files
    ).download_and_prepare()
    # What was read from a hub is called after its owner too, and not after its files.
    (made,) = cache.glob("*/default-*")
    made.rename(made.with_name("default"))
    made.parent.rename(cache / f"{owner}___{made.parent.name}")
    file.unlink()
    enable_progress_bars()


def _sae(folder: Path, hook: str, activations: Tensor) -> None:
    """An SAE in the release's files: both directions of each principal component, and dead latents.

    So it explains nearly all variance, as the declaration says. Thresholds rise from component to
    component, so that some fire more often. Decoder rows are of length 2, not 1.
    """
    mean = activations.mean(0)
    _, _, axes = torch.linalg.svd(activations - mean, full_matrices=False)
    directions = torch.cat([axes, -axes, axes[:DEAD]])
    spread = ((activations - mean) @ axes.T).std(0)
    thresholds = spread * torch.linspace(0, 0.3, D_MODEL) / 2
    b_enc = -torch.cat([thresholds, thresholds, torch.full((DEAD,), 1e4)])
    tensors = {
        "W_enc": directions.T.contiguous() / 2,
        "b_enc": b_enc,
        "W_dec": 2 * directions,
        "b_dec": mean,
    }
    save_file(tensors, folder / "sae_weights.safetensors")
    fires = (activations - mean) @ tensors["W_enc"] + b_enc > 0
    frequency = fires.double().mean(0)
    sparsity = (frequency + 1e-10).log10().float()
    save_file({"sparsity": sparsity}, folder / "sparsity.safetensors")
    own = {"hook_point": hook, "hook_point_layer": int(hook.split(".")[1])}
    config = LEGACY | own | {"d_sae": len(directions)}
    (folder / "cfg.json").write_text(json.dumps(config), encoding="utf-8")
