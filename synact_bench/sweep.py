"""The engine: many paths through the model, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from synact_bench import last_position
from synact_bench.curves import Curves
from synact_bench.divergence import kl_from_first
from synact_bench.errors import SubjectError
from synact_bench.last_position import LastPosition, Prefix
from synact_bench.naive import naive_curves
from synact_bench.packed import ROWS
from synact_bench.testbeds.language_model import LanguageModel


class PathSet(Protocol):
    """Geometry of many paths: what the engine needs of it."""

    def __len__(self) -> int:
        """Number of paths."""

    def __getitem__(self, rows: slice) -> PathSet:
        """The paths at ``rows``."""

    def points(self, fractions: Tensor) -> Tensor:
        """Points ``[paths, len(fractions), d_model]``."""


class Sweeper:
    """Runs paths on a fixed set of prompts.

    Args:
        model: the language model.
        ids: prompts, ``[prompts, n_ctx]`` int64; their last position is written to.
        write_hook: ``blocks.L.hook_resid_pre``.
        read_hook: ``blocks.M.hook_resid_post``.

    Raises:
        SubjectError: the model's architecture is not supported, which is found out by comparing
            a few points with the naive run of the whole prompt.
    """

    def __init__(
        self, model: LanguageModel, ids: Tensor, *, write_hook: str, read_hook: str
    ) -> None:
        write_layer, read_layer = (int(hook.split(".")[1]) for hook in (write_hook, read_hook))
        self._runner = LastPosition(model, write_layer=write_layer, read_layer=read_layer)
        self._ids = ids
        self._prefixes: dict[int, Prefix] = {}
        self._check(model, write_hook, read_hook)

    def curves(
        self,
        prompts: Sequence[int],
        paths: PathSet,
        fractions: Tensor,
        *,
        advance: Callable[[int], object] = lambda _: None,
    ) -> Curves:
        """Sweep each path on its prompt.

        Args:
            prompts: row of ``ids`` for each path.
            paths: as many paths.
            fractions: positions along the paths, ``[points]``, the first of them 0.
            advance: told the number of points done after each batch.
        """
        size = max(1, ROWS // len(fractions))
        l2, kl = [], []
        for start in range(0, len(paths), size):
            rows = slice(start, start + size)
            batch_l2, batch_kl = self._batch(prompts[rows], paths[rows].points(fractions))
            l2.append(batch_l2)
            kl.append(batch_kl)
            advance(batch_l2.numel())
        empty = torch.empty(0, len(fractions))
        return Curves(
            fractions=fractions.double().numpy(),
            l2=torch.cat(l2 or [empty]).numpy(),
            kl=torch.cat(kl or [empty]).numpy(),
        )

    @torch.inference_mode()
    def _batch(self, prompts: Sequence[int], points: Tensor) -> tuple[Tensor, Tensor]:
        prefix = last_position.join(self._prefixes_of(prompts))
        position = self._ids.shape[1] - 1
        residual, final = self._runner.run(points, prefix, position=position)
        l2 = (residual - residual[:, :1]).norm(dim=-1)
        kl = kl_from_first(final, self._runner.unembedding)
        return l2.clone(), kl.clone()

    def _prefixes_of(self, prompts: Sequence[int]) -> list[Prefix]:
        new = [prompt for prompt in dict.fromkeys(prompts) if prompt not in self._prefixes]
        if new:
            computed = last_position.part(self._runner.prefix(self._ids[new]))
            self._prefixes.update(zip(new, computed, strict=True))
        return [self._prefixes[prompt] for prompt in prompts]

    def _check(self, model: LanguageModel, write_hook: str, read_hook: str) -> None:
        """Compare with the naive run on one short path, away from steep steps."""
        base = model.capture(self._ids[:1], write_hook)[:, -1]
        points = torch.stack([base, base * 1.2, -base], dim=1)
        l2, kl = self._batch([0], points)
        true_l2, true_kl = naive_curves(
            model, self._ids[:1], points, write_hook=write_hook, read_hook=read_hook
        )
        scale = float(true_l2.max())
        if not (
            np.allclose(l2, true_l2, rtol=0, atol=1e-4 * scale)
            and np.allclose(kl, true_kl, rtol=1e-3, atol=1e-3)
        ):
            raise SubjectError(
                f"the fast sweep disagrees with the naive run (l2 {l2.tolist()} against "
                f"{true_l2.tolist()})",
                where=str(model.plain.config.model_type),
                fix="this architecture is not supported",
            )
