"""What is swept when speed is measured: straight paths between activations of real prompts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from benchmarks.authors_way import authors_curves
from benchmarks.flops import ModelShape
from synact_bench.core.curves import Curves
from synact_bench.engine.sweeper import Sweeper
from synact_bench.models.language_model import LanguageModel
from synact_bench.models.subject import Text
from synact_bench.paths import Segments, relative
from synact_bench.testbeds.spec import Setup


@dataclass(frozen=True, eq=False)
class Workload:
    """Paths on prompts, each from its prompt's own activation to the previous prompt's.

    Attributes:
        model: what is probed.
        ids: a spare prompt, then one prompt a path, ``[1 + paths, n_ctx]``.
        write_layer: block whose input is replaced; the last block's output is read.
        points: points on a path, both ends included.
    """

    model: LanguageModel
    ids: Tensor
    write_layer: int
    points: int

    @classmethod
    def on(
        cls,
        testbed: Setup,
        model: LanguageModel,
        *,
        paths: int,
        points: int,
        n_ctx: int | None = None,
        write_layer: int | None = None,
    ) -> Workload:
        """Paths on a testbed's test prompts, as it declares them where nothing is given.

        Raises:
            SynactError: the testbed's text cannot be read or is empty.
            ValueError: it gives too few prompts.
        """
        length = testbed.n_ctx if n_ctx is None else n_ctx
        windows = Text.read(testbed.model_copy(update={"n_ctx": length}), model).windows("test")
        if len(windows) <= paths:
            raise ValueError(
                f"{testbed.name} gives {len(windows)} prompts of {length} tokens, not {1 + paths}"
            )
        layer = testbed.write_layer if write_layer is None else write_layer
        return cls(model, torch.from_numpy(windows.ids[: 1 + paths]), layer, points)

    @property
    def count(self) -> int:
        """Points of all paths."""
        return len(self.prompts) * self.points

    @property
    def prompts(self) -> range:
        """Row of ``ids`` for each path."""
        return range(1, len(self.ids))

    @property
    def shape(self) -> ModelShape:
        """Sizes of the model."""
        return ModelShape.of(self.model)

    @property
    def point_flop(self) -> int:
        """Operations that a point cannot do without."""
        return self.shape.point_flop(write_layer=self.write_layer, n_ctx=self.ids.shape[1])

    @property
    def hooks(self) -> dict[str, str]:
        """Write and read hook by argument name."""
        return {
            "write_hook": f"blocks.{self.write_layer}.hook_resid_pre",
            "read_hook": f"blocks.{self.shape.n_layers - 1}.hook_resid_post",
        }

    @property
    def fractions(self) -> Tensor:
        """Positions along a path, ``[points]``."""
        return torch.linspace(0, 1, self.points)

    def segments(self) -> Segments:
        """The paths; the model is run for it."""
        base = self.model.capture(self.ids, self.hooks["write_hook"])[:, -1]
        return relative(base[1:], base[:-1])

    def sweeper(self, **options: Any) -> Sweeper:
        """The engine on these prompts, with options of its own.

        It checks itself on the spare prompt, so no prefix of a path is computed yet.
        """
        options |= self.hooks
        return Sweeper(self.model, self.ids, **options)

    def run(self, sweeper: Sweeper, segments: Segments) -> Curves:
        """Sweep every path with the engine."""
        return sweeper.curves(self.prompts, segments, self.fractions)

    def run_authors_way(self, segments: Segments) -> tuple[Tensor, Tensor]:
        """Sweep every path as published scripts do."""
        points = segments.points(self.fractions)
        return authors_curves(self.model, self.ids[1:], points, **self.hooks)
