"""The float32 matrix-product rate of this machine: the roof over every sweep.

A shared machine's rate drifts, so it is measured again and again between the rounds of what it is
compared with, and the best ever seen counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from benchmarks.flops import ModelShape
from synact_bench.engine.packed_linear import PackedLinear

SQUARE = (2048, 2048, 2048)
WIDEST = 2048
"""Outputs of a wider map, the unembedding, are cut here: its output would not stay in cache."""
REPEATS = 5


def shapes(model: ModelShape, *, rows: int) -> list[tuple[int, int, int]]:
    """Products worth trying: a large square one and the model's own, ``rows`` points at once.

    Returns:
        Rows, inputs and outputs of each.
    """
    maps = [*model.products, (model.d_model, min(WIDEST, model.d_vocab))]
    return [SQUARE, *((rows, *each) for each in dict.fromkeys(maps))]


@dataclass
class Peak:
    """The best rate seen over some shapes, for both ways torch has on a CPU.

    Args:
        tried: rows, inputs and outputs of each product.

    Attributes:
        flop_per_second: best so far; 0 before the first measurement.
        found: the product that gave it, in words.
    """

    tried: Iterable[tuple[int, int, int]]
    flop_per_second: float = 0.0
    found: str = "not measured"
    _products: list[tuple[str, int, Callable[[], Tensor]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._products = [
            (f"{name} {rows}x{inputs}x{outputs}", 2 * rows * inputs * outputs, product)
            for rows, inputs, outputs in self.tried
            for name, product in _both_ways(rows, inputs, outputs).items()
        ]

    @torch.inference_mode()
    def measure(self) -> None:
        """Run every product a few times; keep the best rate."""
        for name, flop, product in self._products:
            product()
            for _ in range(REPEATS):
                started = time.perf_counter()
                product()
                rate = flop / (time.perf_counter() - started)
                if rate > self.flop_per_second:
                    self.flop_per_second, self.found = rate, name


@torch.inference_mode()
def _both_ways(rows: int, inputs: int, outputs: int) -> dict[str, Callable[[], Tensor]]:
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(rows, inputs, generator=rng)
    weight = torch.randn(outputs, inputs, generator=rng)
    packed = PackedLinear(weight, None, rows=rows)
    return {
        "linear": lambda: torch.nn.functional.linear(x, weight),
        "packed": lambda: packed(x),
    }
