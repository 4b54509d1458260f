"""Which architectures can be swept, told from a model's config before its weights are read.

What passes here is still compared with the naive run before anything is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from transformers import MODEL_FOR_CAUSAL_LM_MAPPING

from synact_bench.core.errors import SubjectError

EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts")
"""Fields by which configs count the experts of a block."""

LOGIT_FACTORS = ("logit_scale", "logits_scaling")
"""Fields by which configs multiply or divide the logits."""

BLOCKS = {"full_attention", "sliding_attention"}
"""Kinds of block whose attention the sweep reproduces."""


def refuse_unsupported(config: Any, *, where: str) -> None:
    """Refuse a model whose arithmetic the sweep does not reproduce.

    Args:
        config: of ``transformers``.
        where: the model's name or folder.

    Raises:
        SubjectError: it is one; the message says why.
    """
    for reason in _reasons(config):
        raise SubjectError(
            f"{reason}, which the sweep does not support",
            where=f"{where} ({config.model_type})",
            fix="choose a decoder of text with ordinary attention and one MLP a block",
        )


def _reasons(config: Any) -> Iterator[str]:
    if getattr(config, "is_encoder_decoder", False):
        yield "it is an encoder-decoder"
    if config.get_text_config() is not config:
        yield "it takes more than text in"
    for name in EXPERTS:
        if (getattr(config, name, None) or 0) not in (0, 1):
            yield f"it is a mixture of experts ({name} is {getattr(config, name)})"
    others = set(getattr(config, "layer_types", None) or ()) - BLOCKS
    if others:
        yield f"some of its blocks are {', '.join(sorted(others))}"
    for name in LOGIT_FACTORS:
        if (getattr(config, name, None) or 1) != 1:
            yield f"its logits are scaled ({name} is {getattr(config, name)})"
    model = MODEL_FOR_CAUSAL_LM_MAPPING.get(type(config), None)
    if model is not None and getattr(model, "_is_stateful", False):
        yield "its blocks carry a state instead of keys and values"
    if model is not None and not model.is_backend_compatible():
        yield "its attention cannot be replaced in transformers"
