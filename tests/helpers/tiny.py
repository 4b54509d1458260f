"""Tiny random language models, written to a folder and loaded as a testbed loads its own."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from torch import Tensor
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from synact_bench.assets import local_files
from synact_bench.models.language_model import LanguageModel
from synact_bench.testbeds.sources import LocalModel
from tests.helpers.toys import rng_of

VOCABULARY = 97
D_MODEL = 16
LAYERS = 4
WINDOW = 3
"""Tokens that a block with a sliding window sees, the newest among them."""


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """One id a word: ``w0``, ``w1`` and so on; anything else is unknown."""
    words = {f"w{index}": index for index in range(VOCABULARY - 2)}
    words |= {"<unk>": VOCABULARY - 2, "<end>": VOCABULARY - 1}
    model = Tokenizer(WordLevel(words, unk_token="<unk>"))
    model.pre_tokenizer = Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=model,
        unk_token="<unk>",
        bos_token="<end>",
        eos_token="<end>",
        pad_token="<end>",
    )


def tiny_gpt2() -> PreTrainedModel:
    """Learned positions, biases everywhere, tied unembedding."""
    special = VOCABULARY - 1
    config = GPT2Config(
        vocab_size=VOCABULARY,
        n_positions=32,
        n_embd=D_MODEL,
        n_layer=LAYERS,
        n_head=4,
        bos_token_id=special,
        eos_token_id=special,
    )
    return GPT2LMHeadModel(config)


def tiny_neox() -> PreTrainedModel:
    """Attention and MLP side by side, half of each head rotated, untied unembedding."""
    config = GPTNeoXConfig(
        vocab_size=VOCABULARY,
        hidden_size=D_MODEL,
        intermediate_size=24,
        num_hidden_layers=LAYERS,
        num_attention_heads=4,
        max_position_embeddings=32,
        rope_parameters={
            "rope_type": "default",
            "rope_theta": 10000.0,
            "partial_rotary_factor": 0.5,
        },
        use_parallel_residual=True,
        bos_token_id=VOCABULARY - 1,
        eos_token_id=VOCABULARY - 1,
    )
    return GPTNeoXForCausalLM(config)


def grouped(**others: object) -> dict[str, object]:
    """Facts of a model with rotary positions and two query heads to a key-value head."""
    return {
        "vocab_size": VOCABULARY,
        "hidden_size": D_MODEL,
        "intermediate_size": 24,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 32,
        "bos_token_id": VOCABULARY - 1,
        "eos_token_id": VOCABULARY - 1,
    } | others


def tiny_llama() -> PreTrainedModel:
    """An untied unembedding."""
    return LlamaForCausalLM(LlamaConfig(**grouped(tie_word_embeddings=False)))


def tiny_qwen2() -> PreTrainedModel:
    """Biases on queries, keys and values; tied unembedding."""
    return Qwen2ForCausalLM(Qwen2Config(**grouped(tie_word_embeddings=True)))


def windowed(**others: object) -> dict[str, object]:
    """Facts of a Gemma: every other block sees three tokens, heads wider than their share."""
    kinds = ["sliding_attention", "full_attention"] * (LAYERS // 2)
    own = {"head_dim": 6, "query_pre_attn_scalar": 5, "sliding_window": WINDOW}
    return grouped(layer_types=kinds, pad_token_id=0, **own, **others)


def tiny_gemma2() -> PreTrainedModel:
    """Soft caps, low enough to bend, on attention scores and on logits."""
    caps = {"attn_logit_softcapping": 1.5, "final_logit_softcapping": 4.0}
    return Gemma2ForCausalLM(Gemma2Config(**windowed(**caps)))


def tiny_gemma3() -> PreTrainedModel:
    """Norms on queries and keys, and two rotary bases."""
    return Gemma3ForCausalLM(Gemma3TextConfig(**windowed()))


BUILDERS = {
    "gpt2": tiny_gpt2,
    "neox": tiny_neox,
    "llama": tiny_llama,
    "qwen2": tiny_qwen2,
    "gemma2": tiny_gemma2,
    "gemma3": tiny_gemma3,
}

ARCHITECTURES = [(kind, False) for kind in BUILDERS] + [("gpt2", True), ("neox", True)]
"""Every kind, and whether its writing weights are centred, which only a LayerNorm allows."""


def save_tiny(kind: str, folder: Path, *, seed: int = 0) -> LocalModel:
    """Write a tiny model and its tokenizer; every weight, bias and norm is away from 0 and 1."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BUILDERS[kind]()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.25 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return local_files.local_model(folder)


def in_double(model: LanguageModel) -> LanguageModel:
    """The same weights in float64, folded and centred in float64 too if they were before."""
    wide = copy.deepcopy(model.plain).double()
    return LanguageModel(wide, model.tokenizer, centred=model.centred)


@dataclass(frozen=True, eq=False)
class Lines:
    """Straight paths in any dtype, as the sweep sees paths."""

    base: Tensor
    displacement: Tensor

    def __len__(self) -> int:
        return len(self.base)

    def __getitem__(self, rows: slice | Tensor) -> Lines:
        return Lines(self.base[rows], self.displacement[rows])

    def points(self, fractions: Tensor) -> Tensor:
        """``[paths, points, d_model]``; exactly ``base`` at 0."""
        return self.base[:, None] + fractions.to(self.base)[..., None] * self.displacement[:, None]


def token_ids(n: int, n_ctx: int, *, seed: int = 0) -> Tensor:
    """Prompts of random words, ``[n, n_ctx]`` int64."""
    return torch.randint(VOCABULARY - 2, (n, n_ctx), generator=rng_of(seed))
