"""Attacks: generators that hope for a better place than the method behind them deserves."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import torch
from safetensors.torch import load_file
from torch import Tensor

from synact_bench.activations import RealActivations
from synact_bench.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard, Track
from synact_bench.generators.gaussian import Gaussian
from synact_bench.testbeds.assets import cache_folder

CANDIDATES = 32


class Attack:
    """A generator of one function.

    Args:
        name: of its row.
        make: activations from the train pool and what the track gives: a number, or the bases.
        track: which of the two.
        parameters: of the function.
    """

    def __init__(
        self,
        name: str,
        make: Callable[..., Tensor],
        track: Track = "unconditional",
        **parameters: float,
    ) -> None:
        self.card = GeneratorCard(name=name, version="1", track=track, parameters=parameters)
        self._make = partial(make, **parameters)

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        self._real = real

    def generate(self, n_or_base: int | Tensor, *, rng: torch.Generator) -> Tensor:
        return self._make(self._real, n_or_base, rng=rng)


def stored(real: RealActivations, n: int, *, rng: torch.Generator) -> Tensor:
    """Real activations themselves: nothing is more real."""
    return real.draw(n, rng=rng)


def stored_and_noise(
    real: RealActivations, n: int, *, size: float, rng: torch.Generator
) -> Tensor:
    """The same, moved by a share of the median norm, so that no row equals a stored one."""
    return moved(real, real.draw(n, rng=rng), size=size, rng=rng)


def moved(real: RealActivations, base: Tensor, *, size: float, rng: torch.Generator) -> Tensor:
    """The base moved by a share of the median norm: still on the plateau it sat on."""
    direction = torch.nn.functional.normalize(torch.randn(base.shape, generator=rng), dim=-1)
    return base + size * real.median_norm * direction


def echoed(real: RealActivations, base: Tensor, *, rng: torch.Generator) -> Tensor:
    """The base handed back: in plateau a foreign real activation, in sensitivity no path."""
    return base.clone()


def rescaled(real: RealActivations, n: int, *, factor: float, rng: torch.Generator) -> Tensor:
    """Stored activations of another length: no row is near a stored one, plateaus are wider."""
    return factor * real.draw(n, rng=rng)


def mixed(real: RealActivations, n: int, *, share: float, rng: torch.Generator) -> Tensor:
    """Convex mixtures of two stored activations: between them, near neither."""
    return torch.lerp(real.draw(n, rng=rng), real.draw(n, rng=rng), share)


def constant(real: RealActivations, n: int, *, rng: torch.Generator) -> Tensor:
    """One vector, of typical length along the mean: deep inside, so the plateau is wide."""
    return (real.mean * (real.median_norm / real.mean.norm())).repeat(n, 1)


def repeated(real: RealActivations, n: int, *, size: float, rng: torch.Generator) -> Tensor:
    """Ten good vectors again and again, a little moved so that all rows differ."""
    ten = gaussian(real, 10, factor=1.0, rng=rng)
    return moved(real, ten[torch.arange(n) % 10], size=size, rng=rng)


def gaussian(real: RealActivations, n: int, *, factor: float, rng: torch.Generator) -> Tensor:
    """Gaussian samples of another length: a longer vector is harder to move, a shorter one has
    a shorter scaled path."""
    fitted = Gaussian()
    fitted.fit(real, None, rng=rng)
    return factor * fitted.generate(n, rng=rng)


def deepest(real: RealActivations, n: int, *, shrunk: float, rng: torch.Generator) -> Tensor:
    """The innermost of many Gaussian samples drawn in toward the mean: as wide a plateau as can be.
    """
    candidates = gaussian(real, CANDIDATES * n, factor=1.0, rng=rng).view(n, CANDIDATES, -1)
    inner = torch.lerp(real.mean.expand_as(candidates), candidates, shrunk)
    chosen = real.mahalanobis(inner.flatten(0, 1)).view(n, CANDIDATES).argmin(dim=1)
    return inner[torch.arange(n), chosen]


def nan_at_unusual_bases(real: RealActivations, base: Tensor, *, rng: torch.Generator) -> Tensor:
    """NaN where the base is unusual, in the hope that hard pairs are left out."""
    made = moved(real, base, size=0.5, rng=rng)
    spread = real.tensor[:, 0].std()
    return made.where(((base - real.mean)[:, :1].abs() < 2 * spread), torch.nan)


def nan_in_one_row(real: RealActivations, n: int, *, rng: torch.Generator) -> Tensor:
    made = gaussian(real, n, factor=1.0, rng=rng)
    made[-1] = torch.nan
    return made


def peeked(real: RealActivations, n: int, *, rng: torch.Generator) -> Tensor:
    """Activations of test prompts, from the file beside that of the train pool."""
    for path in (cache_folder() / "activations").glob("*-train.safetensors"):
        if torch.equal(load_file(path)["activations"], real.tensor):
            name = path.name.replace("train", "test")
            foreign = load_file(path.with_name(name))["activations"]
            return foreign[torch.randperm(len(foreign), generator=rng)[:n]]
    raise FileNotFoundError


def seeded(real: RealActivations, n: int, *, seed: int, rng: torch.Generator) -> Tensor:
    """Gaussian samples of a seed of its own: of many, one is lucky."""
    return gaussian(real, n, factor=1.0, rng=torch.Generator().manual_seed(seed))
