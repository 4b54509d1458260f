"""A tiny random Llama as a GGUF file, of which transformers has never seen the original."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import torch
from torch import Tensor
from transformers import LlamaForCausalLM

from tests.helpers.tiny import VOCABULARY, tiny_llama

NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
PIECES = [*"w0123456789", "\u0120", "\u0120w"]
"""What texts of the tiny testbed are made of; a space is written as U+0120."""


def save_gguf(file: Path, *, seed: int = 0) -> LlamaForCausalLM:
    """Write the file and return the model that it holds, in float32 throughout."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = tiny_llama()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.25 * torch.randn_like(parameter))
    config = model.config
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_freq_base(10_000.0)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    _add_tokenizer(writer)
    for name, weight in model.state_dict().items():
        writer.add_tensor(_renamed(name), _stored(name, weight, model))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return model.eval()


def _add_tokenizer(writer: gguf.GGUFWriter) -> None:
    """One id a piece; the rest of the vocabulary is never met."""
    rest = [f"<{index}>" for index in range(VOCABULARY - len(PIECES) - 2)]
    tokens = [*PIECES, *rest, "<unk>", "<end>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * (VOCABULARY - 2) + [3, 3])
    writer.add_token_merges(["\u0120 w"])
    writer.add_bos_token_id(VOCABULARY - 1)
    writer.add_eos_token_id(VOCABULARY - 1)
    writer.add_unk_token_id(VOCABULARY - 2)


def _renamed(name: str) -> str:
    plain = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    stem = name.removesuffix(".weight")
    if stem in plain:
        return f"{plain[stem]}.weight"
    _, _, layer, part = stem.split(".", 3)
    return f"blk.{layer}.{NAMES[part]}.weight"


def _stored(name: str, weight: Tensor, model: LlamaForCausalLM) -> np.ndarray:
    """Queries and keys in GGUF's order, where the halves of a rotated pair stand together."""
    config = model.config
    for part, heads in (
        ("q_proj", config.num_attention_heads),
        ("k_proj", config.num_key_value_heads),
    ):
        if part in name:
            halves = weight.view(heads, 2, -1, weight.shape[1])
            weight = halves.swapaxes(1, 2).reshape(weight.shape)
    return weight.detach().float().contiguous().numpy()
