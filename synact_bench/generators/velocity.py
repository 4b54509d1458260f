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
        # No nn.Linear: it would draw its first weights from torch's global source.
        self.weights = nn.ParameterList(
            torch.randn(high, wide, generator=rng) * (2 / wide) ** 0.5 for wide, high in sizes
        )
        self.biases = nn.ParameterList(torch.zeros(high) for _, high in sizes)
        nn.init.zeros_(self.weights[-1])

    def forward(self, place: Tensor, time: Tensor, context: Tensor) -> Tensor:
        """Velocity ``[n, d]`` at ``place [n, d]`` and ``time [n, 1]``, from 0 to 1."""
        turns = math.pi * time * torch.arange(1, WAVES + 1)
        hidden = torch.cat([place, context, turns.sin(), turns.cos()], dim=1)
        *layers, last = zip(self.weights, self.biases, strict=True)
        for depth, layer in enumerate(layers):
            found = nn.functional.silu(nn.functional.linear(hidden, *layer))
            hidden = found + hidden if depth else found
        learnt = nn.functional.linear(hidden, *last)
        return learnt + (2 * time - 1) / (time**2 + (1 - time) ** 2) * place
