"""Attacks: generators that hope for a better place than their method deserves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import torch
from safetensors.torch import load_file
from torch import Tensor

from synact_bench.assets.packages import cache_folder
from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.base import GeneratorCard, Track

FINITE, TWO_SIDED, OFFICIAL = "finite numbers", "two-sided distance", "official seed"
"""Rules that are no flag: the contract refuses the plugin; realism falls with any difference from
real, whichever way it goes; the board is measured again with prompts that nobody knew."""

CANDIDATES = 8
SEEDS = 8


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


def blurred(real: RealActivations, n: int, *, size: float, rng: torch.Generator) -> Tensor:
    """Stored activations with a little noise: no row is a stored one any more."""
    return moved(real, real.draw(n, rng=rng), size=size, rng=rng)


def rescaled(real: RealActivations, n: int, *, factor: float, rng: torch.Generator) -> Tensor:
    """Stored activations of another length: far from every stored one, and a wider plateau."""
    return factor * real.draw(n, rng=rng)


def mixed(real: RealActivations, n: int, *, share: float, rng: torch.Generator) -> Tensor:
    """Convex mixtures of two stored activations: between them, near neither."""
    return torch.lerp(real.draw(n, rng=rng), real.draw(n, rng=rng), share)


def constant(real: RealActivations, n: int, *, rng: torch.Generator) -> Tensor:
    """One vector of typical length, along the mean: in the middle a plateau is wide."""
    return (real.mean * (real.median_norm / real.mean.norm())).repeat(n, 1)


def repeated(real: RealActivations, n: int, *, size: float, rng: torch.Generator) -> Tensor:
    """Ten vectors again and again, moved a little so that all rows differ."""
    ten = gaussian(real, 10, rng=rng)
    return moved(real, ten[torch.arange(n) % 10], size=size, rng=rng)


def echoed(real: RealActivations, base: Tensor, *, rng: torch.Generator) -> Tensor:
    """The base handed back: as real as the real activation that it is."""
    return base.clone()


def moved(real: RealActivations, base: Tensor, *, size: float, rng: torch.Generator) -> Tensor:
    """The base and a step of a share of the median norm: still on the plateau it sat on."""
    direction = torch.nn.functional.normalize(torch.randn(base.shape, generator=rng), dim=-1)
    return base + size * real.median_norm * direction


def gaussian(real: RealActivations, n: int, *, factor: float = 1.0, rng: torch.Generator) -> Tensor:
    """Gaussian samples of another length: a longer vector is harder to turn away, and a shorter
    one has a shorter scaled path."""
    # Sums of all rows with normal weights have the mean and covariance of the rows.
    weights = torch.randn(n, len(real), generator=rng) / len(real) ** 0.5
    centred = weights @ real.tensor - weights.sum(dim=1, keepdim=True) * real.mean
    return factor * (real.mean + centred)


def innermost(real: RealActivations, n: int, *, shrunk: float, rng: torch.Generator) -> Tensor:
    """Of many Gaussian samples drawn in toward the mean, those nearest it: l2 takes longest to
    reach tau from there."""
    candidates = gaussian(real, CANDIDATES * n, rng=rng)
    chosen = (candidates - real.mean).norm(dim=-1).argsort()[:n]
    return torch.lerp(real.mean.expand(n, -1), candidates[chosen], shrunk)


def nan_at_unusual_bases(real: RealActivations, base: Tensor, *, rng: torch.Generator) -> Tensor:
    """NaN where one coordinate of the base is unusual: hard pairs might be left out."""
    coordinate = real.tensor[:, 0]
    unusual = (base[:, 0] - coordinate.mean()).abs() > coordinate.std()
    return base.masked_fill(unusual[:, None], torch.nan)


def nan_in_one_row(real: RealActivations, n: int, *, rng: torch.Generator) -> Tensor:
    """A single NaN among many numbers: it might make a mean NaN, which no row beats."""
    made = gaussian(real, n, rng=rng)
    made[-1, -1] = torch.nan
    return made


def peeked(real: RealActivations, n: int, *, size: float = 0.0, rng: torch.Generator) -> Tensor:
    """Activations of test prompts, from a file beside the one that holds the train pool, and noise
    by which none of them is exact.

    No file says what it holds: the test pool's is the one that is most like the train pool's.
    """
    files = sorted((cache_folder() / "activations").glob("*.safetensors"))
    pools = [load_file(path)["activations"][:, -1] for path in files]
    foreign = [
        each
        for each in pools
        if each.shape[1:] == real.tensor.shape[1:] and not torch.equal(each, real.tensor)
    ]
    nearest = min(foreign, key=lambda each: float((each.mean(0) - real.mean).norm()))
    chosen = nearest[torch.randperm(len(nearest), generator=rng)[:n]]
    return moved(real, chosen, size=size, rng=rng)


def seeded(real: RealActivations, n: int, *, seed: int, rng: torch.Generator) -> Tensor:
    """Gaussian samples of one seed of many: one of them is lucky with the prompts at hand."""
    given = int(torch.randint(2**31, (), generator=rng))
    return gaussian(real, n, rng=torch.Generator().manual_seed(given + seed))


def seeds() -> tuple[Attack, ...]:
    """One method with many seeds, of which the luckiest is handed in."""
    return tuple(Attack(f"seed-{seed}", seeded, seed=seed) for seed in range(SEEDS))


def attacks() -> tuple[tuple[Attack, frozenset[str]], ...]:
    """Every attack of a single plugin, unfitted, and the rules that catch it, all of them."""
    return (
        (
            Attack("stored-real", stored),
            frozenset({"near-duplicate", "not-authentic", "data-copying"}),
        ),
        (
            Attack("stored-real-and-noise", blurred, size=0.03),
            frozenset({"not-authentic", "data-copying"}),
        ),
        (Attack("stored-real-longer", rescaled, factor=1.3), frozenset({"rescaled"})),
        (Attack("mixture-of-two-stored", mixed, share=0.5), frozenset({"mixture"})),
        (Attack("test-pool-file", peeked), frozenset({"test-pool"})),
        (Attack("test-pool-file-and-noise", peeked, size=0.001), frozenset({"test-pool"})),
        (Attack("constant-vector", constant), frozenset({"collapsed"})),
        (Attack("ten-vectors", repeated, size=0.01), frozenset({"collapsed"})),
        (Attack("base-echoed", echoed, "conditioned"), frozenset({"echo"})),
        (Attack("base-and-small-step", moved, "conditioned", size=0.05), frozenset({TWO_SIDED})),
        (Attack("gaussian-longer", gaussian, factor=1.3), frozenset({TWO_SIDED})),
        (Attack("gaussian-shorter", gaussian, factor=0.7), frozenset({TWO_SIDED})),
        (Attack("plateau-as-wide-as-can-be", innermost, shrunk=0.3), frozenset({TWO_SIDED})),
        (Attack("nan-at-unusual-bases", nan_at_unusual_bases, "conditioned"), frozenset({FINITE})),
        (Attack("nan-in-one-row", nan_in_one_row), frozenset({FINITE})),
    )


ATTACKS: Mapping[str, frozenset[str]] = MappingProxyType(
    {attack.card.name: rules for attack, rules in attacks()}
    | {"best-of-many-seeds": frozenset({OFFICIAL})}
)
"""The rules that catch each attack: flags, or one of the three above."""
