"""Tiny random models as GGUF files, of which transformers has never seen the originals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from tests.helpers.tiny import VOCABULARY, tiny_llama

PIECES = [*"w0123456789", "\u0120", "\u0120w"]
"""What texts of the tiny testbed are made of; a space is written as U+0120."""
PLUS_ONE = ("gemma2", "gemma3")
"""Architectures whose norms are stored with the 1 that they add."""
TRANSPOSED = ("attn_qkv.weight", "attn_output.weight", "ffn_up.weight", "ffn_down.weight")
"""Of GPT-2: transformers keeps them the other way round."""

Add = Callable[[gguf.GGUFWriter], object]


def moved(model: PreTrainedModel, *, seed: int = 0) -> Any:
    """The model with every weight, bias and norm away from 0 and 1."""
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.detach().sign() * 0.02)
            parameter.add_(0.25 * torch.randn(parameter.shape, generator=rng))
    return model.eval()


def save_gguf(
    file: Path,
    model: Any = None,
    *,
    architecture: str = "llama",
    add: Add = lambda writer: None,
    keep: Callable[[str], bool] = lambda name: True,
    stored: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.F32,
    tokenizer: Add | None = None,
) -> Any:
    """Write the file and return the model that it holds.

    Args:
        file: to be written.
        model: what it holds; a tiny llama by default.
        architecture: by llama.cpp's name.
        add: writes more keys or tensors.
        keep: whether a tensor of that name is written.
        stored: how matrices are; vectors are in float32.
        tokenizer: writes keys of it; those of the tiny testbed's by default.
    """
    model = moved(tiny_llama()) if model is None else model
    config = model.config
    writer = gguf.GGUFWriter(file, architecture)
    _add_sizes(writer, config)
    (tokenizer or _add_tokenizer)(writer)
    add(writer)
    for name, weight in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        told = _renamed(name, architecture, config.num_hidden_layers)
        if keep(told):
            _add_tensor(writer, told, _stored(told, weight, architecture, config), stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return model


def _add_sizes(writer: gguf.GGUFWriter, config: Any) -> None:
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(
        getattr(config, "intermediate_size", None) or 4 * config.hidden_size
    )
    writer.add_head_count(config.num_attention_heads)
    if hasattr(config, "num_key_value_heads"):
        writer.add_head_count_kv(config.num_key_value_heads)
    if hasattr(config, "rms_norm_eps"):
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    else:
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
    head_dim = getattr(config, "head_dim", None)
    if head_dim:
        writer.add_key_length(head_dim)
        writer.add_value_length(head_dim)
    if rotary := getattr(config, "rope_parameters", None):
        writer.add_rope_freq_base(rotary.get("full_attention", rotary)["rope_theta"])
        writer.add_rope_dimension_count(head_dim or config.hidden_size // 4)
    if getattr(config, "sliding_window", None):
        writer.add_sliding_window(config.sliding_window)


def _add_tokenizer(writer: gguf.GGUFWriter) -> None:
    """One id a piece; the rest of the vocabulary is never met."""
    rest = [f"<{index}>" for index in range(VOCABULARY - len(PIECES) - 2)]
    tokens = [*PIECES, *rest, "<unk>", "<end>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * (VOCABULARY - 2) + [3, 3])
    writer.add_token_scores([0.0] * VOCABULARY)
    writer.add_token_merges(["\u0120 w"])
    writer.add_bos_token_id(VOCABULARY - 1)
    writer.add_eos_token_id(VOCABULARY - 1)
    writer.add_unk_token_id(VOCABULARY - 2)


def _add_tensor(
    writer: gguf.GGUFWriter, name: str, weight: np.ndarray, stored: gguf.GGMLQuantizationType
) -> None:
    if weight.ndim == 1 or stored == gguf.GGMLQuantizationType.F32:
        writer.add_tensor(name, weight)
    else:
        writer.add_tensor(name, gguf.quants.quantize(weight, stored), raw_dtype=stored)


def _renamed(name: str, architecture: str, layers: int) -> str:
    kinds = {told: kind for kind, told in gguf.MODEL_ARCH_NAMES.items()}
    known = gguf.get_tensor_name_map(kinds[architecture], layers)
    stem, _, end = name.rpartition(".")
    return f"{known.get_name(stem)}.{end}"


def _stored(name: str, weight: Tensor, architecture: str, config: Any) -> np.ndarray:
    """A tensor as llama.cpp has it."""
    if architecture == "llama":
        heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
        if count := heads.get(name.split(".")[-2]):  # halves of a rotated pair stand together
            halves = weight.view(count, 2, -1, weight.shape[1])
            weight = halves.swapaxes(1, 2).reshape(weight.shape)
    if architecture == "gpt2" and name.endswith(TRANSPOSED):
        weight = weight.T
    if architecture in PLUS_ONE and name.endswith("norm.weight"):
        weight = weight + 1
    return weight.detach().float().contiguous().numpy()
