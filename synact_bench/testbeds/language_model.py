"""A testbed's model behind TransformerLens hook names."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformer_lens.model_bridge import TransformerBridge

from synact_bench.testbeds import models
from synact_bench.testbeds.spec import HubModel, PackagedModel, RandomModel

BATCH = 256
"""Prompts captured at once."""


def sharing_copy(model: nn.Module) -> Any:
    """A copy of the module tree that shares every parameter: modules can be swapped at no cost."""
    return copy.deepcopy(model, {id(tensor): tensor for tensor in model.parameters()})


class LanguageModel:
    """One set of weights, seen as a plain ``transformers`` model and as a TransformerBridge.

    Attributes:
        plain: the ``transformers`` causal language model.
        bridge: the same weights with TransformerLens hook names; in compatibility mode
            (folded LayerNorm, centred writing weights) if ``centred``.
        tokenizer: the model's tokenizer.
        centred: whether residual-stream vectors have their mean coordinate removed.
    """

    def __init__(self, plain: Any, tokenizer: Any, *, centred: bool) -> None:
        self.plain = plain
        self.tokenizer = tokenizer
        self.centred = centred
        self.bridge = TransformerBridge.boot_transformers(
            plain.config.name_or_path,
            hf_model=sharing_copy(plain),
            tokenizer=tokenizer,
            device="cpu",
            dtype=plain.dtype,
        )
        if centred:
            self.bridge.enable_compatibility_mode(disable_warnings=True)

    @classmethod
    def load(
        cls, source: PackagedModel | RandomModel | HubModel, *, centred: bool
    ) -> LanguageModel:
        """Load the declared weights.

        Raises:
            AssetError: they cannot be fetched or read.
        """
        return cls(*models.load(source), centred=centred)

    @property
    def d_model(self) -> int:
        """Width of the residual stream."""
        return int(self.bridge.cfg.d_model)

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, without special tokens."""
        if not texts:
            return []
        encoded = self.tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return list(encoded["input_ids"])

    @torch.no_grad()
    def capture(self, ids: Tensor, hook_name: str) -> Tensor:
        """Activations at a ``resid_pre`` hook for ``ids [n, n_ctx]``: ``[n, n_ctx, d_model]``."""
        layer = int(hook_name.split(".")[1])
        parts = []
        for chunk in torch.split(ids, BATCH):
            # Stopped before a block, the bridge returns the residual stream that enters it.
            residual, _ = self.bridge.run_with_cache(chunk, names_filter=[], stop_at_layer=layer)
            parts.append(residual)
        return torch.cat(parts)
