"""The network of flow matching: a velocity that leads from noise to data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

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
        sizes = self.sizes(d, d_context, width)
        # No nn.Linear: it would draw its first weights from torch's global source.
        self.weights = nn.ParameterList(
            torch.randn(high, wide, generator=rng) * (2 / wide) ** 0.5 for wide, high in sizes
        )
        self.biases = nn.ParameterList(torch.zeros(high) for _, high in sizes)
        nn.init.zeros_(self.weights[-1])

    @classmethod
    def sizes(cls, d: int, d_context: int, width: int) -> tuple[tuple[int, int], ...]:
        """Numbers that go into each layer, and that come out of it."""
        hidden = (width, width)
        return ((cls.inputs(d, d_context), width), hidden, hidden, (width, d))

    @staticmethod
    def inputs(d: int, d_context: int) -> int:
        """Numbers that the network is given: place, context and time."""
        return d + d_context + 2 * WAVES

    def forward(self, place: Tensor, time: Tensor, context: Tensor) -> Tensor:
        """Velocity ``[n, d]`` at ``place [n, d]`` and ``time [n, 1]``, from 0 to 1."""
        turns = math.pi * time * torch.arange(1, WAVES + 1)
        hidden = torch.cat([place, context, turns.sin(), turns.cos()], dim=1)
        *layers, last = zip(self.weights, self.biases, strict=True)
        for depth, layer in enumerate(layers):
            found = nn.functional.silu(nn.functional.linear(hidden, *layer))
            hidden = found + hidden if depth else found
        learnt = nn.functional.linear(hidden, *last)
        return learnt + gaussian_velocity(place, time)


def gaussian_velocity(place: Tensor, time: Tensor) -> Tensor:
    """That between two equal normal distributions of mean 0, ``[n, d]``.

    Args:
        place: ``[n, d]``, on the straight line from a sample of one to a sample of the other.
        time: how far on it, ``[n, 1]``.
    """
    return (2 * time - 1) / (time**2 + (1 - time) ** 2) * place


def midpoint(
    velocity: Velocity, place: Tensor, context: Tensor, *, steps: int, start: float = 0.0
) -> Tensor:
    """Follow a velocity from ``place [n, d]`` at time ``start`` to time 1, ``[n, d]``.

    Args:
        velocity: the network.
        place: where to begin.
        context: what the network is told, ``[n, d_context]``.
        steps: midpoint steps, each of which asks the network twice.
        start: time at ``place``, from 0 (noise) to 1 (data).
    """
    length = (1 - start) / steps
    for step in range(steps):
        time = torch.full((len(place), 1), start + step * length)
        middle = place + velocity(place, time, context) * (length / 2)
        place = place + velocity(middle, time + length / 2, context) * length
    return place


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums in one order: after many steps a network would show in how many threads it learnt."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
