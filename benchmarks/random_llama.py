"""Llama models of any size with random weights, made from a config: speed needs no training."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from synact_bench.models.language_model import LanguageModel

D_HEAD = 64
D_VOCAB = 8192


def random_llama(folder: Path, *, d_model: int, n_layers: int, seed: int = 0) -> LanguageModel:
    """A model with shared key-value heads and a gated MLP of 8/3 times its width.

    Args:
        folder: where the bridge finds its config and tokenizer; weights are not stored.
        d_model: width, a multiple of 128.
        n_layers: blocks.
        seed: of the weights.
    """
    n_heads = d_model // D_HEAD
    config = LlamaConfig(
        vocab_size=D_VOCAB,
        hidden_size=d_model,
        intermediate_size=d_model * 8 // 3 // D_HEAD * D_HEAD,
        num_hidden_layers=n_layers,
        num_attention_heads=n_heads,
        num_key_value_heads=n_heads // 2,
        max_position_embeddings=512,
        bos_token_id=0,
        eos_token_id=0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # transformers draws from the global source alone
        plain = LlamaForCausalLM(config).eval().requires_grad_(False)
    plain.config.save_pretrained(folder)
    plain.config.name_or_path = str(folder)
    return LanguageModel(plain, _tokenizer(folder), centred=False)


def _tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """A tokenizer of one word: the bridge wants one that was loaded from a folder."""
    model = Tokenizer(WordLevel({"<end>": 0}, unk_token="<end>"))
    special = {"unk_token": "<end>", "bos_token": "<end>", "eos_token": "<end>"}
    made = PreTrainedTokenizerFast(tokenizer_object=model, pad_token="<end>", **special)
    made.save_pretrained(folder)
    loaded: PreTrainedTokenizerFast = PreTrainedTokenizerFast.from_pretrained(folder)
    return loaded
