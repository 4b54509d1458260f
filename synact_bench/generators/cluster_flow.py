"""A small trained generative model: a flow between activations of one kind."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn
from synact_bench.generators.clusters import Kinds

WIDTH = 512
STEPS = 1500
BATCH = 256
RATE = 2e-3
INTEGRATION = 16
"""Midpoint steps from noise to an activation."""
LONELY = 0.25
"""Share of training pairs that know a single activation of the kind."""
WAVES = 4
"""Frequencies by which the network is told the time."""


class KindFlow:
    """What a further activation of a kind looks like, learnt by flow matching.

    The model is shown the mean of some train activations of one kind and learns how another one
    of that kind differs from it: from a normal sample, a network's velocity leads to the
    difference. To generate, it is shown the mean of all that are known of a kind. What it knows
    of kinds with many activations serves kinds of which a single one is known.

    Args:
        steps: of training.
        width: of the network's layers.
    """

    def __init__(self, *, steps: int = STEPS, width: int = WIDTH) -> None:
        self.steps = steps
        self.width = width
        self.card = GeneratorCard(
            name="kind-flow",
            version="1",
            track="unconditional",
            reference="arXiv 2210.02747",
            summary="Flow matching: a further activation of a group of those that lie close.",
            parameters={"steps": steps, "width": width, "batch": BATCH, "rate": RATE},
        )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Find the kinds and train the network: a minute or two, in one thread.

        Raises:
            SynactError: the pool has fewer than two activations.
        """
        with _one_thread(), torch.enable_grad():
            self._kinds = kinds = Kinds.of(real.tensor, rng=rng)
            self._colouring = torch.linalg.pinv(kinds.whitening)
            self._centre = real.mean
            self._scale = float((real.tensor - real.mean).square().mean().sqrt()) or 1.0
            self._velocity = Velocity(
                kinds.whitening.shape[1], real.d_model + 1, width=self.width, rng=rng
            )
            self._train(rng=rng)

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` independent samples, ``[n, d_model]``."""
        kinds = self._kinds
        drawn = kinds.draw(n, rng=rng)
        shown, count = kinds.mean[drawn], kinds.size[drawn]
        place = torch.randn(n, len(self._colouring), generator=rng)
        with torch.no_grad():
            context = self._context(shown, count)
            for step in range(INTEGRATION):
                time = torch.full((n, 1), step / INTEGRATION)
                middle = place + self._velocity(place, time, context) / (2 * INTEGRATION)
                half = time + 1 / (2 * INTEGRATION)
                place = place + self._velocity(middle, half, context) / INTEGRATION
        stray = kinds.widening(count) * kinds.spread[drawn]
        made: Tensor = shown + stray[:, None] * (place @ self._colouring)
        return made

    def _train(self, *, rng: torch.Generator) -> None:
        optimiser = torch.optim.Adam(self._velocity.parameters(), lr=RATE)
        falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, self.steps)
        for _ in range(self.steps):
            shown, count, end = self._pairs(rng=rng)
            start = torch.randn(end.shape, generator=rng)
            time = torch.rand(len(end), 1, generator=rng)
            found = self._velocity(start.lerp(end, time), time, self._context(shown, count))
            loss = nn.functional.mse_loss(found, end - start)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            falling.step()

    def _pairs(self, *, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """What is shown of a kind, how many rows that is the mean of, and another of the kind.

        The last as a difference, whitened and in units of the kind's spread.
        """
        kinds = self._kinds
        paired = torch.nonzero(kinds.size[kinds.kind] > 1).flatten()
        ids = paired[torch.randint(len(paired), (BATCH,), generator=rng)]
        kind = kinds.kind[ids]
        start, size = kinds.start[kind], kinds.size[kind]
        step = 1 + (torch.rand(BATCH, generator=rng) * (size - 1)).long()
        other = kinds.rows[start + (ids - start + step) % size]
        rows = kinds.rows[ids]
        others = (kinds.mean[kind] * size[:, None] - rows) / (size - 1)[:, None]
        alone = torch.rand(BATCH, generator=rng) < LONELY
        shown = torch.where(alone[:, None], other, others)
        count = torch.where(alone, 1, size - 1)
        stray = kinds.widening(count) * kinds.spread[kind]
        return shown, count, (rows - shown) @ kinds.whitening / stray[:, None]

    def _context(self, shown: Tensor, count: Tensor) -> Tensor:
        """What the network is told, ``[n, d_model + 1]``."""
        # One number that matters as much as all of the activation together.
        known = shown.shape[1] ** 0.5 / count[:, None].float()
        return torch.cat([(shown - self._centre) / self._scale, known], dim=1)


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


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums in one order: after 1500 steps the network would show in how many threads it learnt."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


KIND_FLOW = BuiltIn(KindFlow, order=240, optional=True)
