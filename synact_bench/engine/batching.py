"""How many points go through the model at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from synact_bench.core.errors import SubjectError
from synact_bench.engine.divergence import CHUNK
from synact_bench.engine.packed_linear import ROWS
from synact_bench.models.language_model import LanguageModel

HELD = 1 << 27
"""Bytes of contexts and reference distributions held at once on a CPU, about."""

MOST = 1 << 14
"""Beyond this many points at once an accelerator gains nothing."""


@dataclass
class Rows:
    """A number of points that halves whenever a device runs out of memory.

    Attributes:
        size: points at once, at least 1.
        held: bytes that the paths in work may keep beside their points.
    """

    size: int
    held: int = HELD

    @classmethod
    def fitting(cls, model: LanguageModel, *, tokens: int = 1) -> Rows:
        """As many as suit the model's device: its free memory, or a processor's caches.

        Each point is as many ``tokens``.
        """
        if model.device.type != "cuda":
            return cls(max(1, ROWS // tokens))
        torch.cuda.empty_cache()
        free, _ = torch.cuda.mem_get_info(model.device)
        config = model.plain.config.get_text_config()
        # About what a point keeps alive at the widest places: residual stream and attention, the
        # MLP, and a part of the vocabulary.
        width = 16 * model.d_model + 4 * _d_mlp(config, model.d_model) + 4 * CHUNK
        return cls(max(1, min(MOST, free // 2 // (4 * width * tokens))), held=free // 8)

    def each(self, groups: range, points: range, work: Callable[[range, range], object]) -> None:
        """Do ``work`` on all ``points`` of all ``groups``, at most ``size`` of them at once.

        Whole groups stay together where they fit. What a device has no memory for is tried again
        in halves, and the rest in parts of that size.

        Raises:
            SubjectError: a single point does not fit.
        """
        rows = len(groups) * len(points)
        if rows > self.size:
            for part in _cut(groups, self.size // len(points)) if len(groups) > 1 else [groups]:
                for columns in [points] if len(part) > 1 else _cut(points, self.size):
                    self.each(part, columns, work)
            return
        try:
            work(groups, points)
        except torch.OutOfMemoryError as error:
            if rows == 1:
                raise SubjectError(
                    "a single point does not fit into the device's memory",
                    where="the sweep",
                    fix="use a smaller model or a device with more memory",
                ) from error
            self.size = rows // 2
        else:
            return
        torch.cuda.empty_cache()
        self.each(groups, points, work)


def _cut(whole: range, size: int) -> list[range]:
    step = max(1, size)
    return [whole[start : start + step] for start in range(0, len(whole), step)]


def _d_mlp(config: object, d_model: int) -> int:
    names = ("intermediate_size", "n_inner", "ffn_dim")
    widths = (getattr(config, name, None) for name in names)
    return next((int(width) for width in widths if width), 4 * d_model)
