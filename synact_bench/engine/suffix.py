"""The written token of a prompt and those after it, run alone: earlier ones are computed once.

Only one position of a prompt is ever changed, and no token attends to later ones, so the keys and
values of all earlier positions are the same at every point of every path. They are computed once a
prompt; each point then costs the written token and those after it, through the blocks from the
write layer on. This is exact, not an approximation.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface

from synact_bench.core.errors import SubjectError
from synact_bench.core.precision import Precision
from synact_bench.engine.divergence import Unembedding
from synact_bench.engine.kv_cache import Context
from synact_bench.engine.packed_linear import ROWS, pack
from synact_bench.models.language_model import LanguageModel, sharing_copy

ATTENTION = "synact_suffix"


def suffix_attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,  # noqa: ARG001  (fixed by transformers)
    *,
    scaling: float,
    synact_context: Context,
    synact_groups: Tensor,
    sliding_window: int | None = None,
    softcap: float | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Attention of new positions to a prefix shared by a group of points, and to each other.

    Args:
        module: the block's attention module; gives its index.
        query: ``[groups * points, n_heads, new, d_head]``.
        key: ``[groups * points, n_kv_heads, new, d_head]``.
        value: like ``key``.
        attention_mask: not used: positions say what sees what.
        scaling: factor on the scores.
        synact_context: keys and values shared within each group, never copied per point.
        synact_groups: which of its groups the points belong to, ``[groups]`` int64.
        sliding_window: how many tokens a token sees, itself among them; None for all.
        softcap: bound that scores approach; None for none.

    Returns:
        ``[groups * points, new, n_heads, d_head]`` and no attention weights.
    """
    keys, values = (each[synact_groups] for each in synact_context.layers[module.layer_idx])
    groups, n_kv_heads, n_prefix, d_head = keys.shape
    rows, n_heads, new = query.shape[:3]
    points, shared = rows // groups, n_heads // n_kv_heads
    heads_first = (0, 2, 1, 3, 4, 5)
    queries = query.view(groups, points, n_kv_heads, shared, new, d_head).permute(heads_first)
    own_key = key.view(groups, points, n_kv_heads, 1, new, d_head).permute(heads_first)
    own_value = value.view(groups, points, n_kv_heads, 1, new, d_head).permute(heads_first)
    flat = (groups, n_kv_heads, points * shared * new)
    wide = (groups, n_kv_heads, points, shared, new)
    to_prefix = keys @ queries.reshape(*flat, d_head).transpose(2, 3)
    # Positions stand before points: a softmax along a short last axis is ten times slower.
    scores = torch.cat([to_prefix, _own_scores(queries, own_key)], dim=2) * scaling
    if softcap is not None:
        scores = softcap * torch.tanh(scores / softcap)
    unseen = _unseen(n_prefix, new, sliding_window)
    if unseen.any():
        by_query = scores.view(*flat[:2], n_prefix + new, -1, new)
        by_query.masked_fill_(unseen[:, None].to(scores.device), -torch.inf)
    weights = scores.softmax(2)
    mixed = (weights[:, :, :n_prefix].transpose(2, 3) @ values).view(*wide, d_head)
    mixed = mixed + _own_mixed(weights[:, :, n_prefix:], own_value, wide)
    return mixed.permute(0, 2, 4, 1, 3, 5).reshape(rows, new, n_heads, d_head), None


def _own_scores(queries: Tensor, own_key: Tensor) -> Tensor:
    """Scores ``[groups, n_kv_heads, new, points * shared * new]`` of the new positions' keys."""
    if own_key.shape[4] == 1:  # as a product this would be thousands of tiny ones
        return (queries * own_key).sum(-1).flatten(2)[:, :, None]
    scores = own_key.squeeze(3) @ queries.flatten(3, 4).transpose(3, 4)
    return scores.transpose(2, 3).flatten(3)


def _own_mixed(weights: Tensor, own_value: Tensor, wide: tuple[int, ...]) -> Tensor:
    """The new positions' values under ``weights``, ``[*wide, d_head]``; ``wide`` ends in new."""
    if wide[-1] == 1:
        return weights[:, :, 0].view(*wide, 1) * own_value
    groups, n_kv_heads, points, shared, new = wide
    by_point = weights.view(groups, n_kv_heads, new, points, shared * new).permute(0, 1, 3, 4, 2)
    return (by_point @ own_value.squeeze(3)).view(*wide, -1)


def _unseen(n_prefix: int, new: int, window: int | None) -> Tensor:
    """Which keys ``[n_prefix + new]`` each new position ``[new]`` must not attend to."""
    keys = torch.arange(n_prefix + new)[:, None]
    ahead = keys - keys[n_prefix:].T
    return (ahead > 0) if window is None else (ahead > 0) | (ahead <= -window)


AttentionInterface.register(ATTENTION, suffix_attention)


@contextmanager
def foreign_refused(model: LanguageModel) -> Iterator[None]:
    """Refuse a model that is not built as ``Suffix`` expects, when that is found out.

    Raises:
        SubjectError: it is one; the message has what went wrong.
    """
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except (AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        if "not enough memory" in str(error):  # on the CPU, where it has no type of its own
            raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise SubjectError(
            f"the fast sweep cannot run its blocks: {reason}",
            where=f"{model.plain.config.name_or_path} ({model.plain.config.model_type})",
            fix="choose an architecture that docs/adding-a-testbed.md lists",
        ) from error


class _Skip(nn.Module):
    """Stands in for a block below the write layer, whose output is replaced anyway."""

    def forward(self, hidden_states: Tensor, *_: Any, **__: Any) -> Tensor:
        return hidden_states


class Suffix:
    """Runs written activations, and the tokens after them, from the write layer to the final norm.

    Args:
        model: the language model; its weights are shared, except for copies laid out for a CPU.
        position: index in the prompt of the token that is written.
        write_layer: index of the first block that sees the written activation.
        read_layer: index of the block whose output is the read hook.
        precision: of the blocks' matrix products; the unembedding is always float32.
    """

    def __init__(
        self,
        model: LanguageModel,
        *,
        position: int,
        write_layer: int,
        read_layer: int,
        precision: Precision = "float32",
    ) -> None:
        self._model = model
        self._position = position
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
        self._written = self._residual = torch.empty(0)
        head = model.plain.get_output_embeddings()
        self.unembedding = Unembedding(
            head.weight,
            getattr(head, "bias", None),
            softcap=getattr(model.plain.config, "final_logit_softcapping", None),
        )

    def context(self, ids: Tensor) -> Context:
        """What stands around the written position of ``ids [groups, n_ctx]``."""
        plain = self._model.plain
        earlier = ids[:, : self._position].to(plain.device)
        cache = plain.base_model(input_ids=earlier, use_cache=True).past_key_values
        layers = {
            index: (layer.keys, layer.values)
            for index, layer in enumerate(cache.layers)
            if index >= self._write_layer
        }
        return Context(layers, self._later(ids).to(plain.device))

    def _later(self, ids: Tensor) -> Tensor:
        if self._position == ids.shape[1] - 1:
            return torch.empty(len(ids), 0, self._model.d_model, dtype=self._model.plain.dtype)
        written_at = f"blocks.{self._write_layer}.hook_resid_pre"
        return self._model.capture(ids, written_at)[:, self._position + 1 :]

    def run(self, points: Tensor, context: Context, groups: Tensor) -> tuple[Tensor, Tensor]:
        """Run ``points [groups, n, d_model]``, each written and followed by its group's tokens.

        Args:
            points: a group for each of ``groups``.
            context: of these groups and perhaps of more.
            groups: the prompt of the context that each group of points stands in, ``[groups]``
                int64.

        Returns:
            The residual stream at the read hook and the final-norm output that is unembedded,
            at the last position, both ``[groups, n, d_model]``.
        """
        final = self.answered(points, context, groups)[:, :, -1]
        residual = self._residual[:, -1].view(final.shape)
        if self._model.centred:
            residual = residual - residual.mean(-1, keepdim=True)
        return residual, final

    def answered(self, points: Tensor, context: Context, groups: Tensor) -> Tensor:
        """What is unembedded at the written position and at each later one.

        Args:
            points: as for ``run``.
            context: likewise.
            groups: likewise.

        Returns:
            Final-norm output, ``[groups, n, positions, d_model]``.
        """
        n, d_model = points.shape[1:]
        later = context.later[groups, None].expand(-1, n, -1, -1)
        self._written = torch.cat([points[:, :, None], later], dim=2).flatten(0, 1)
        end = self._position + self._written.shape[1]
        output = self._body(
            inputs_embeds=self._written,
            position_ids=torch.arange(self._position, end, device=points.device)[None],
            use_cache=False,
            synact_context=context,
            synact_groups=groups,
        )
        found: Tensor = output.last_hidden_state.view(-1, n, self._written.shape[1], d_model)
        return found

    def _write(self, _: nn.Module, args: Any, kwargs: dict[str, Any]) -> tuple[Any, Any]:
        if args:
            return (self._written, *args[1:]), kwargs
        return args, {**kwargs, "hidden_states": self._written}

    def _read(self, _: nn.Module, __: Any, output: Any) -> None:
        self._residual = output[0] if isinstance(output, tuple) else output
