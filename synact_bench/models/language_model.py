"""A testbed's model behind TransformerLens hook names."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from transformer_lens.model_bridge import TransformerBridge

from synact_bench.core.errors import SubjectError
from synact_bench.models import checkpoints, tokenization
from synact_bench.testbeds.hooks import layer_of
from synact_bench.testbeds.sources import ModelSource

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
        tokenizer: the model's tokenizer, as it was loaded.
        centred: whether residual-stream vectors have their mean coordinate removed.

    Raises:
        SubjectError: TransformerLens does not know the architecture, or the weights cannot be
            centred without changing what the model computes.
    """

    def __init__(self, plain: Any, tokenizer: Any, *, centred: bool) -> None:
        self.plain = plain
        self.tokenizer = tokenizer
        self.centred = centred
        self.bridge = _bridge(plain)
        if centred and not self.centrable:
            raise SubjectError(
                "weights cannot be centred: the model's norms do not remove the mean",
                where=str(plain.config.name_or_path),
                fix='use weights = "raw": the residual stream is the same',
            )
        if centred:
            with _taken(plain, fix='use weights = "raw", or choose a model that it supports'):
                self.bridge.enable_compatibility_mode(disable_warnings=True)

    @classmethod
    def load(
        cls,
        source: ModelSource,
        *,
        centred: bool,
        device: str = "cpu",
    ) -> LanguageModel:
        """Load the declared weights onto a device.

        Raises:
            AssetError: they cannot be fetched or read.
            SubjectError: there is no such device, or the architecture is not supported.
        """
        place = _device(device)
        plain, tokenizer = checkpoints.load(source)
        return cls(plain.to(place), tokenizer, centred=centred)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        device: torch.device = self.plain.device
        return device

    @property
    def centrable(self) -> bool:
        """Whether the norms remove the mean, so that weights may be centred."""
        return not self.bridge.cfg.uses_rms_norm

    @property
    def d_model(self) -> int:
        """Width of the residual stream."""
        return int(self.bridge.cfg.d_model)

    @property
    def n_layers(self) -> int:
        """Number of blocks."""
        return int(self.bridge.cfg.n_layers)

    @property
    def d_vocab(self) -> int:
        """Number of embeddings: token ids are below it."""
        return int(self.plain.get_input_embeddings().num_embeddings)

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, without special tokens.

        Raises:
            SubjectError: the tokenizer cannot read one, or the model has no embedding for an id.
            TextError: a control token that is spelled out cannot be told from it.
        """
        if not texts:
            return []
        found = tokenization.ids(self.tokenizer, texts)
        self._refuse_unembedded(chain.from_iterable(found))
        return found

    def lead(self, *, bos: bool) -> list[int]:
        """Ids that every prompt begins with: the beginning-of-sequence token's, or none.

        Raises:
            SubjectError: there is no such token, or the model has no embedding for it.
        """
        if not bos:
            return []
        if self.tokenizer.bos_token_id is None:
            raise SubjectError(
                "bos = true, and the tokenizer has no beginning-of-sequence token",
                where=str(self.plain.config.name_or_path),
                fix="drop --bos, or declare bos = false in the testbed's .toml",
            )
        found = [int(self.tokenizer.bos_token_id)]
        self._refuse_unembedded(found)
        return found

    def _refuse_unembedded(self, ids: Iterable[int]) -> None:
        highest = max(ids, default=0)
        if highest >= self.d_vocab:
            token = self.tokenizer.convert_ids_to_tokens(highest)
            raise SubjectError(
                f"the tokenizer gives id {highest} ({token!r}), the model has {self.d_vocab}",
                where=str(self.plain.config.name_or_path),
                fix="give the model with the tokenizer that it was trained with",
            )

    def refuse_longer(self, n_ctx: int) -> None:
        """Refuse prompts of more tokens than the model was made for.

        Raises:
            SubjectError: they are.
        """
        most = getattr(self.plain.config, "max_position_embeddings", None)
        if most is not None and n_ctx > most:
            raise SubjectError(
                f"prompts have {n_ctx} tokens, the model has {most} positions",
                where=str(self.plain.config.name_or_path),
                fix=f"take at most {most} tokens",
            )

    def capture(self, ids: Tensor, hook_name: str, *, tokens: slice = slice(None)) -> Tensor:
        """Activations at a ``resid_pre`` hook for ``ids [n, n_ctx]``.

        Args:
            ids: prompts.
            hook_name: ``blocks.L.hook_resid_pre``.
            tokens: of each prompt whose activations are wanted.

        Returns:
            ``[n, tokens, d_model]``, on the CPU wherever the model is.

        Raises:
            SubjectError: it is no hook of a block.
        """
        return self.capture_each(ids, [hook_name], tokens=tokens)[0]

    @torch.no_grad()
    def capture_each(
        self, ids: Tensor, hook_names: Sequence[str], *, tokens: slice = slice(None)
    ) -> list[Tensor]:
        """As ``capture``, at several hooks, of one pass that ends at the deepest.

        Raises:
            SubjectError: one is no hook of a block.
        """
        layers = [layer_of(each) for each in hook_names]
        deepest = max(layers)
        earlier = {f"blocks.{layer}.hook_resid_pre" for layer in layers if layer != deepest}
        parts: list[list[Tensor]] = [[] for _ in hook_names]
        for chunk in torch.split(ids.to(self.device), BATCH):
            # Stopped before a block, the bridge returns the residual stream that enters it.
            residual, cache = self.bridge.run_with_cache(
                chunk, names_filter=sorted(earlier), stop_at_layer=deepest
            )
            for part, name, layer in zip(parts, hook_names, layers, strict=True):
                found = residual if layer == deepest else cache[name]
                part.append(found[:, tokens].cpu().clone())  # a view would keep all tokens
        return [torch.cat(part) for part in parts]


def _bridge(plain: Any) -> TransformerBridge:
    with _taken(plain):
        return TransformerBridge.boot_transformers(
            str(plain.config.name_or_path),
            hf_model=sharing_copy(plain),
            tokenizer=tokenization.stand_in(),
            device=str(plain.device),
            dtype=plain.dtype,
        )


@contextmanager
def _taken(plain: Any, *, fix: str = "choose a model that it supports") -> Iterator[None]:
    """Say in a line why TransformerLens cannot take a model, or process its weights."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError):  # of this machine, not of the model
        raise
    except Exception as error:  # the library raises nothing narrower
        reason = str(error).partition(". ")[0] or type(error).__name__  # what follows lists all
        raise SubjectError(
            f"TransformerLens cannot take this architecture: {reason}",
            where=f"{plain.config.name_or_path} ({plain.config.model_type})",
            fix=fix,
        ) from error


def _device(name: str) -> torch.device:
    fix = "use cpu, cuda or cuda:N"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise SubjectError("it is no device", where=name, fix=fix) from error
    if device.type not in {"cpu", "cuda"}:
        raise SubjectError("the sweep does not run on this kind of device", where=name, fix=fix)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        found = torch.cuda.device_count()
        raise SubjectError(
            f"torch sees {found} CUDA devices",
            where=name,
            fix="drop --device, or install a build of torch for this machine's GPU",
        )
    return device
