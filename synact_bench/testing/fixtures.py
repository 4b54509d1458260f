"""The fixture a check runs on: a train pool, a dictionary and bases, random or real."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor

from synact_bench.core.activations import ACTIVATIONS_PER_DIMENSION, RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.rng import stream
from synact_bench.core.setting import Setting

DEAD = 4
TO_A_DOCUMENT = 4
BASES = 12
LEAST_BASES = 4
NOISE, THRESHOLD = 0.05, 0.7


@dataclass(frozen=True, eq=False)
class Fixture:
    """What a generator is checked on.

    Attributes:
        real: the train pool.
        dictionary: the SAE.
        base: real activations outside the pool, ``[n, d_model]`` with n at least 4: what a
            conditioned generator is shown. As many are asked of an unconditional one.
        setting: what a generator is told that asks for it; that of no known model if None.

    Raises:
        ValueError: the bases are too few, or not as wide as the pool.
    """

    real: RealActivations
    dictionary: Dictionary
    base: Tensor
    setting: Setting | None = None

    @property
    def told(self) -> Setting:
        """The setting, or one in the middle of a random model that nobody has."""
        return self.setting or Setting(
            model="random",
            revision="",
            hook_name="blocks.2.hook_resid_pre",
            layer=2,
            n_layers=4,
            d_model=self.real.d_model,
            n_ctx=10,
            position=9,
            bos=False,
            centred=False,
        )

    def __post_init__(self) -> None:
        if self.base.ndim != 2 or len(self.base) < LEAST_BASES:
            raise ValueError(f"bases must be [n, d_model], n >= 4, not {list(self.base.shape)}")
        if not self.base.shape[1] == self.real.d_model == self.dictionary.d_model:
            raise ValueError(
                f"widths differ: pool {self.real.d_model}, dictionary {self.dictionary.d_model}, "
                f"bases {self.base.shape[1]}"
            )

    def __str__(self) -> str:
        """Its sizes, which a generator may be too wide or too greedy for."""
        real = self.real
        return (
            f"d_model {real.d_model}, {len(real)} train activations of "
            f"{len(set(real.documents))} documents, {self.dictionary.d_sae} latents"
        )

    def copy(self) -> Fixture:
        """The same numbers in tensors of their own, nothing cached on them."""
        dictionary = dataclasses.replace(
            self.dictionary,
            directions=self.dictionary.directions.detach().clone(),
            bias=self.dictionary.bias.detach().clone(),
            firing_frequency=self.dictionary.firing_frequency.clone(),
        )
        real = RealActivations(self.real.tensor.clone(), self.real.documents)
        return Fixture(real, dictionary, self.base.clone(), self.setting)

    def halved(self) -> Fixture:
        """Another pool of the same size: every activation at half its length."""
        real = RealActivations(self.real.tensor / 2, self.real.documents)
        return dataclasses.replace(self.copy(), real=real)


@dataclass(frozen=True, eq=False)
class _RandomSae:
    """Unit directions with a ReLU encoder; can be pickled, unlike functions within functions."""

    directions: Tensor
    bias: Tensor

    def encode(self, activations: Tensor) -> Tensor:
        return torch.relu((activations - self.bias) @ self.directions.T - THRESHOLD)

    def decode(self, latents: Tensor) -> Tensor:
        return latents @ self.directions + self.bias


@dataclass(frozen=True)
class _Sizes:
    """How large a random fixture is: d_model, d_sae, latents active at once, train activations."""

    d_model: int
    d_sae: int
    active: int
    pool: int


TINY = _Sizes(d_model=16, d_sae=64, active=3, pool=480)
WIDE = _Sizes(d_model=576, d_sae=1152, active=12, pool=ACTIVATIONS_PER_DIMENSION * 576)


def wide(*seed: str | int) -> Fixture:
    """A random fixture as wide as the published testbeds, where every honest method has room.

    5760 train activations of 1440 documents, width 576, 1152 latents of which 4 never fire, 12
    bases. The same ``seed`` gives the same fixture.
    """
    return _random(WIDE, rng=stream("wide ground", *seed))


def tiny(*seed: str | int) -> Fixture:
    """Random activations of a few latents each, and the SAE whose latents they are.

    480 train activations of 120 documents, width 16, 64 latents of which 4 never fire, 12 bases.
    The same ``seed`` gives the same fixture.
    """
    return _random(TINY, rng=stream("tiny ground", *seed))


def _random(size: _Sizes, *, rng: torch.Generator) -> Fixture:
    directions = torch.randn(size.d_sae, size.d_model, generator=rng)
    directions = torch.nn.functional.normalize(directions, dim=-1)
    sae = _RandomSae(directions, bias=torch.randn(size.d_model, generator=rng))
    rows = size.pool + BASES
    # Some latents fire often, some hardly ever, as an SAE's do.
    chance = torch.linspace(0.2, 2.0, size.d_sae).softmax(0).expand(rows, -1)
    firing = torch.zeros(rows, size.d_sae)
    firing.scatter_(1, chance.multinomial(size.active, generator=rng), 1.0)
    latents = firing * (1 + torch.rand(rows, size.d_sae, generator=rng))
    noise = NOISE * torch.randn(rows, size.d_model, generator=rng)
    activations = sae.decode(latents) + noise
    pool, base = activations[: size.pool].clone(), activations[size.pool :].clone()
    frequency = (sae.encode(pool) > 0).double().mean(0).float()
    frequency[:DEAD] = 0.0
    documents = tuple(f"document {row // TO_A_DOCUMENT}" for row in range(size.pool))
    dictionary = Dictionary(sae.encode, sae.decode, sae.directions, sae.bias, frequency)
    return Fixture(RealActivations(pool, documents), dictionary, base)
