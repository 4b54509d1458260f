"""The velocity field of a flow from a normal sample to data: a small network."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

WAVES = 4
"""Frequencies by which the network is told the time."""


class Velocity(nn.Module):
    """Three layers beside the exact velocity between two standard normal distributions.

    Untrained, it is that velocity: a flow then ends in the standard normal it began with, and
    training only has to learn how data differ from it.

    Args:
        d: dimensions of the data.
        d_context: numbers that it is conditioned on.
        width: of the layers.
        rng: source of the first weights.
    """

    def __init__(self, d: int, d_context: int, *, width: int, rng: torch.Generator) -> None:
        super().__init__()
        inputs = d + d_context + 2 * WAVES
        sizes = ((inputs, width), (width, width), (width, width), (width, d))
        # Built without values: torch would draw them from its global source.
        self.layers = nn.ModuleList(
            nn.utils.skip_init(nn.Linear, wide, high) for wide, high in sizes
        )
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.weight, generator=rng)
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.layers[-1].weight)

    def forward(self, place: Tensor, time: Tensor, context: Tensor) -> Tensor:
        """Velocity ``[n, d]`` at ``place [n, d]`` and ``time [n, 1]``, from 0 to 1."""
        turns = math.pi * time * torch.arange(1, WAVES + 1)
        first, second, third, last = self.layers
        silu = nn.functional.silu
        hidden = silu(first(torch.cat([place, context, turns.sin(), turns.cos()], dim=1)))
        hidden = hidden + silu(second(hidden))
        hidden = hidden + silu(third(hidden))
        learnt: Tensor = last(hidden)
        return learnt + (2 * time - 1) / (time**2 + (1 - time) ** 2) * place
