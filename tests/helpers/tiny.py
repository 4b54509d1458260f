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
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from synact_bench.testbeds.language_model import LanguageModel
from synact_bench.testbeds.spec import HubModel
from tests.helpers.toys import rng_of

VOCABULARY = 97
D_MODEL = 16
LAYERS = 4


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


def tiny_llama() -> PreTrainedModel:
    """Rotary positions, two query heads to a key-value head, untied unembedding."""
    special = VOCABULARY - 1
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=D_MODEL,
        intermediate_size=24,
        num_hidden_layers=LAYERS,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=32,
        bos_token_id=special,
        eos_token_id=special,
        tie_word_embeddings=False,
    )
    return LlamaForCausalLM(config)


BUILDERS = {"gpt2": tiny_gpt2, "llama": tiny_llama}


def save_tiny(kind: str, folder: Path, *, seed: int = 0) -> HubModel:
    """Write a tiny model and its tokenizer; every weight, bias and norm is away from 0 and 1."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BUILDERS[kind]()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.25 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return HubModel(kind="hub", name=str(folder))


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
