"""The last position of a prompt, run alone: earlier positions are computed once and shared.

Only the last position of a prompt is ever changed, so the keys and values of all earlier positions
are the same at every point of every path. They are computed once a prompt; each point then costs
one token through the blocks from the write layer on. This is exact, not an approximation.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface

from synact_bench.errors import SubjectError
from synact_bench.precision import Precision
from synact_bench.sweep.divergence import Unembedding
from synact_bench.sweep.packed import ROWS, pack
from synact_bench.sweep.prefixes import Prefix
from synact_bench.testbeds.language_model import LanguageModel, sharing_copy

ATTENTION = "synact_last_position"


def last_position_attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,  # noqa: ARG001  (fixed by transformers)
    *,
    scaling: float,
    synact_prefix: Prefix,
    synact_groups: Tensor,
    **_: Any,
) -> tuple[Tensor, None]:
    """Attention of one new position to a prefix shared by a group of points, and to itself.

    Args:
        module: the block's attention module; gives its index.
        query: ``[groups * points, n_heads, 1, d_head]``.
        key: ``[groups * points, n_kv_heads, 1, d_head]``.
        value: like ``key``.
        attention_mask: not used: the last position sees every earlier one.
        scaling: factor on the scores.
        synact_prefix: keys and values shared within each group, never copied per point.
        synact_groups: which of its groups the points belong to, ``[groups]`` int64.

    Returns:
        ``[groups * points, 1, n_heads, d_head]`` and no attention weights.
    """
    keys, values = (each[synact_groups] for each in synact_prefix[module.layer_idx])
    groups, n_kv_heads, n_prefix, d_head = keys.shape
    rows, n_heads = query.shape[:2]
    points, shared = rows // groups, n_heads // n_kv_heads
    heads_first = (0, 2, 1, 3, 4)
    queries = query.view(groups, points, n_kv_heads, shared, d_head).permute(heads_first)
    own_key = key.view(groups, points, n_kv_heads, 1, d_head).permute(heads_first)
    own_value = value.view(groups, points, n_kv_heads, 1, d_head).permute(heads_first)
    flat = (groups, n_kv_heads, points * shared)
    wide = (groups, n_kv_heads, points, shared)
    to_prefix = keys @ queries.reshape(*flat, d_head).transpose(2, 3)
    to_self = (queries * own_key).sum(-1).flatten(2)[:, :, None]
    # Positions stand before points: a softmax along a short last axis is ten times slower.
    weights = (torch.cat([to_prefix, to_self], dim=2) * scaling).softmax(2)
    mixed = (weights[:, :, :n_prefix].transpose(2, 3) @ values).view(*wide, d_head)
    mixed = mixed + weights[:, :, n_prefix].view(*wide, 1) * own_value
    return mixed.permute(heads_first).reshape(rows, 1, n_heads, d_head), None


AttentionInterface.register(ATTENTION, last_position_attention)


class _Skip(nn.Module):
    """Stands in for a block below the write layer, whose output is replaced anyway."""

    def forward(self, hidden_states: Tensor, *_: Any, **__: Any) -> Tensor:
        return hidden_states


class LastPosition:
    """Runs written activations from the write layer to the final norm.

    Args:
        model: the language model; its weights are shared, but for copies laid out for a CPU.
        write_layer: index of the first block that sees the written activation.
        read_layer: index of the block whose output is the read hook.
        precision: of the blocks' matrix products; the unembedding is always float32.
    """

    def __init__(
        self,
        model: LanguageModel,
        *,
        write_layer: int,
        read_layer: int,
        precision: Precision = "float32",
    ) -> None:
        _refuse_unsupported(model.plain.config)
        self._plain = model.plain
        self._centred = model.centred
        self._write_layer = write_layer
        runner = sharing_copy(model.plain)
        runner.set_attn_implementation(ATTENTION)
        blocks = attrgetter(model.bridge.adapter.component_mapping["blocks"].name)(runner)
        for layer in range(write_layer):
            blocks[layer] = _Skip()
        blocks[write_layer].register_forward_pre_hook(self._write, with_kwargs=True)
        blocks[read_layer].register_forward_hook(self._read)
        pack(blocks, rows=ROWS, precision=precision)
        self._body = runner.base_model
        self._points = self._residual = torch.empty(0)
        head = model.plain.get_output_embeddings()
        self.unembedding = Unembedding(head.weight, getattr(head, "bias", None))

    def prefix(self, ids: Tensor) -> Prefix:
        """Keys and values of all but the last position of ``ids [groups, n_ctx]``."""
        earlier = ids[:, :-1].to(self._plain.device)
        cache = self._plain.base_model(input_ids=earlier, use_cache=True).past_key_values
        layers = list(cache.layers)
        return {
            index: (layer.keys, layer.values)
            for index, layer in enumerate(layers)
            if index >= self._write_layer
        }

    def run(
        self, points: Tensor, prefix: Prefix, groups: Tensor, *, position: int
    ) -> tuple[Tensor, Tensor]:
        """Run ``points [groups, n, d_model]`` written at ``position``.

        Args:
            points: a group for each of ``groups``.
            prefix: of these groups and perhaps of more.
            groups: the prefix that each group of points stands on, ``[groups]`` int64.
            position: index in the prompt.

        Returns:
            The residual stream at the read hook and the final-norm output that is unembedded,
            both ``[groups, n, d_model]``.
        """
        n, d_model = points.shape[1:]
        self._points = points.reshape(-1, 1, d_model)
        output = self._body(
            inputs_embeds=self._points,
            position_ids=torch.full((1, 1), position, device=points.device),
            use_cache=False,
            synact_prefix=prefix,
            synact_groups=groups,
        )
        final = output.last_hidden_state.view(-1, n, d_model)
        residual = self._residual.view(-1, n, d_model)
        if self._centred:
            residual = residual - residual.mean(-1, keepdim=True)
        return residual, final

    def _write(self, _: nn.Module, args: Any, kwargs: dict[str, Any]) -> tuple[Any, Any]:
        if args:
            return (self._points, *args[1:]), kwargs
        return args, {**kwargs, "hidden_states": self._points}

    def _read(self, _: nn.Module, __: Any, output: Any) -> None:
        self._residual = output[0] if isinstance(output, tuple) else output


def _refuse_unsupported(config: Any) -> None:
    """Refuse architectures whose arithmetic after or inside attention is not reproduced here."""
    for field in ("final_logit_softcapping", "attn_logit_softcapping", "logit_scale"):
        if getattr(config, field, None) is not None:
            raise SubjectError(
                f"{field} is set and the sweep does not apply it",
                where=str(config.name_or_path or config.model_type),
                fix="choose a model without it",
            )
