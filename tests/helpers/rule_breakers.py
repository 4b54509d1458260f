"""Generators that each break one rule of the contract, and sound ones beside them."""

from __future__ import annotations

import itertools
import random
import sys
import types
from typing import Any

import numpy as np
import torch

from synact_bench.generators.base import GeneratorCard


def card(**changed):
    return GeneratorCard(**{"name": "fake", "version": "1", "track": "unconditional", **changed})


class Sound:
    """Independent normal coordinates, drawn row by row: keeps every rule."""

    card = card()

    def fit(self, real, dictionary, *, rng):
        self.mean, self.sd = real.mean, real.tensor.std(0)

    def noise(self, n, rng):
        return torch.randn(n, len(self.mean), generator=rng)

    def generate(self, n, *, rng):
        return self.mean + self.sd * self.noise(n, rng)


class SoundInParts(Sound):
    card = card(splits=True)


class SoundWithBase(Sound):
    card = card(track="conditioned")

    def generate(self, base, *, rng):
        return base + self.sd * self.noise(len(base), rng)


class Constant(Sound):
    """No rng is used where there is nothing to choose."""

    def generate(self, n, *, rng):
        return self.mean.repeat(n, 1)


class TowardMean(SoundWithBase):
    """No rng is used where the base decides."""

    def generate(self, base, *, rng):
        return (base + self.mean) / 2


class Rounded(Sound):
    """A reconstruction need not take any chance, not even for equal bases."""

    card = card(track="reconstruction", splits=True)
    generate = None

    def reconstruct(self, base, *, rng):
        return base.round()


class Blurred(Rounded):
    """It may know its rows by their place."""

    card = card(track="reconstruction")

    def reconstruct(self, base, *, rng):
        places = torch.arange(float(len(base)))[:, None]
        return base + places * self.sd + self.noise(len(base), rng)


class Transformed(Sound):
    """Uses torch.func, whose tensors have no storage of their own."""

    def fit(self, real, dictionary, *, rng):
        super().fit(real, dictionary, rng=rng)
        slope = torch.func.jacrev(lambda mean: mean * torch.ones(len(mean)))(self.mean)
        self.sd = self.sd * slope.diagonal()

    def generate(self, n, *, rng):
        return torch.func.vmap(lambda row: self.mean + self.sd * row)(self.noise(n, rng))


class Slotted:
    __slots__ = ("mean", "sd")

    card = card()
    fit, noise, generate = Sound.fit, Sound.noise, Sound.generate


class NeedsArgument(Sound):
    def __init__(self, size):
        self.size = size


class NoCard:
    def fit(self, real, dictionary, *, rng): ...

    def generate(self, n, *, rng): ...


class RaisingCard(NoCard):
    @property
    def card(self):
        raise ValueError("not fitted yet")


class NoMethods:
    card = card()


class BadCard(Sound):
    card = GeneratorCard.model_construct(
        name="Not A Name", version="1", track="unconditional", splits=False, parameters={}
    )


class EndlessCard(Sound):
    card = GeneratorCard.model_construct(
        name="fake", version="1", track="unconditional", splits=False, parameters={"k": np.inf}
    )


class Impostor(Sound):
    card = card(name="real-holdout")


class NoRng(Sound):
    def fit(self, real, dictionary):
        self.mean, self.sd = real.mean, real.tensor.std(0)


class TooMuch(Sound):
    def generate(self, n, temperature, *, rng):
        return super().generate(n, rng=rng)


class HoldsUncountable(Sound):
    def fit(self, real, dictionary, *, rng):
        super().fit(real, dictionary, rng=rng)
        self.weight = torch.nn.UninitializedParameter()


class FitRaises(Sound):
    def fit(self, real, dictionary, *, rng):
        raise ValueError("no such latent")


class FitLeaves(Sound):
    def fit(self, real, dictionary, *, rng):
        raise SystemExit(0)


class GenerateRaises(Sound):
    def generate(self, n, *, rng):
        return {}["nothing"]


class Renames(Sound):
    """Every object has a version of its own."""

    made = itertools.count()

    def __init__(self):
        self.card = card(version=str(next(self.made)))


class RenamesItself(Sound):
    def fit(self, real, dictionary, *, rng):
        super().fit(real, dictionary, rng=rng)
        self.card = card(parameters={"rows": len(real)})


class HidesItsCard(Sound):
    """Its card can be read until it is fitted."""

    @property
    def card(self):
        if hasattr(self, "mean"):
            raise ValueError("sealed")
        return card()


class ChangesPool(Sound):
    def fit(self, real, dictionary, *, rng):
        super().fit(real, dictionary, rng=rng)
        real.tensor[0] = 0


class ChangesPoolLater(Sound):
    def fit(self, real, dictionary, *, rng):
        super().fit(real, dictionary, rng=rng)
        self.pool = real.tensor

    def generate(self, n, *, rng):
        self.pool.zero_()
        return super().generate(n, rng=rng)


class ChangesDictionary(Sound):
    def fit(self, real, dictionary, *, rng):
        super().fit(real, dictionary, rng=rng)
        dictionary.directions.mul_(2)


class OnlyGenerates(SoundWithBase):
    card = card(track="reconstruction")


class ChangesBaseReconstructing(Rounded):
    def reconstruct(self, base, *, rng):
        return base.round_()


class ChangesBase(SoundWithBase):
    def generate(self, base, *, rng):
        return base.add_(self.noise(len(base), rng))


class StopsGradients(Sound):
    def fit(self, real, dictionary, *, rng):
        super().fit(real, dictionary, rng=rng)
        torch.set_grad_enabled(False)


class Determined(Sound):
    def generate(self, n, *, rng):
        torch.use_deterministic_algorithms(True, warn_only=True)
        return super().generate(n, rng=rng)


class MoreThreads(Sound):
    def generate(self, n, *, rng):
        torch.set_num_threads(3)
        return super().generate(n, rng=rng)


class WideByDefault(Sound):
    """Draws in float32 all the same."""

    def fit(self, real, dictionary, *, rng):
        super().fit(real, dictionary, rng=rng)
        torch.set_default_dtype(torch.float64)

    def noise(self, n, rng):
        return torch.randn(n, len(self.mean), generator=rng, dtype=torch.float32)


class Array(Sound):
    def generate(self, n, *, rng):
        return super().generate(n, rng=rng).numpy()


class OnMeta(Sound):
    def generate(self, n, *, rng):
        return super().generate(n, rng=rng).to("meta")


class Transposed(Sound):
    def generate(self, n, *, rng):
        return super().generate(n, rng=rng).T


class OneNumber(Sound):
    def generate(self, n, *, rng):
        return super().generate(n, rng=rng).sum()


class Sparse(Sound):
    def generate(self, n, *, rng):
        return super().generate(n, rng=rng).to_sparse()


class Double(Sound):
    def generate(self, n, *, rng):
        return super().generate(n, rng=rng).double()


class Overflows(Sound):
    def generate(self, n, *, rng):
        return super().generate(n, rng=rng) / 0


class Squeezes(Sound):
    def generate(self, n, *, rng):
        rows = super().generate(n, rng=rng)
        return rows[0] if n == 1 else rows


class SpreadOfOne(Sound):
    def generate(self, n, *, rng):
        rows = super().generate(n, rng=rng)
        return rows / rows.std(0) if n else rows


class Stacks(Sound):
    def generate(self, n, *, rng):
        return torch.stack([super(Stacks, self).generate(1, rng=rng)[0] for _ in range(n)])


class UsesUp(Sound):
    """Has as many rows as it drew beforehand."""

    def fit(self, real, dictionary, *, rng):
        super().fit(real, dictionary, rng=rng)
        self.store = super().generate(50, rng=rng)

    def generate(self, n, *, rng):
        return self.store[torch.randperm(len(self.store), generator=rng)[:n]]


class BreaksPromise(SoundInParts):
    def generate(self, n, *, rng):
        rows = super().generate(n, rng=rng)
        return rows - rows.mean(0) if n else rows


class GlobalTorch(Sound):
    def noise(self, n, rng):
        return torch.randn(n, len(self.mean))


class GlobalNumpy(Sound):
    def noise(self, n, rng):
        return torch.from_numpy(np.random.randn(n, len(self.mean))).float()


class GlobalPython(Sound):
    def fit(self, real, dictionary, *, rng):
        super().fit(real, dictionary, rng=rng)
        random.shuffle([1, 2, 3])


class Reseeds(Sound):
    def fit(self, real, dictionary, *, rng):
        super().fit(real, dictionary, rng=rng)
        torch.manual_seed(int(torch.randint(100, (), generator=rng)))


class Entropy(Sound):
    """Chance that nobody passed in."""

    def noise(self, n, rng):
        own = torch.Generator()
        own.seed()
        return torch.randn(n, len(self.mean), generator=own)


class Forks(Sound):
    """The global state is put back, yet it decided."""

    def noise(self, n, rng):
        with torch.random.fork_rng(devices=[]):
            return torch.randn(n, len(self.mean))


class Counts(Sound):
    def fit(self, real, dictionary, *, rng):
        super().fit(real, dictionary, rng=rng)
        self.asked = 0

    def generate(self, n, *, rng):
        self.asked += 1
        return super().generate(n, rng=rng) + self.asked


class OwnSeed(Sound):
    def noise(self, n, rng):
        return torch.randn(n, len(self.mean), generator=torch.Generator().manual_seed(0))


class OwnSeedWithBase(SoundWithBase):
    noise = OwnSeed.noise


class StoredRows(Sound):
    def fit(self, real, dictionary, *, rng):
        self.pool = real.tensor.clone()

    def generate(self, n, *, rng):
        return self.pool[:n]


class FitsOnce(Sound):
    def fit(self, real, dictionary, *, rng):
        if not hasattr(self, "mean"):
            super().fit(real, dictionary, rng=rng)


class Accumulates(Sound):
    seen = 0

    def fit(self, real, dictionary, *, rng):
        super().fit(real, dictionary, rng=rng)
        self.seen = self.seen + 1
        self.sd = self.sd * self.seen


class HoldsLambda(Sound):
    def __init__(self):
        self.scale = lambda x: 2 * x


class TakesBase(Sound):
    def generate(self, n, *, rng, base=None):
        return super().generate(n, rng=rng)


class LooksUp(Sound):
    """Finds its caller's ``base``."""

    def generate(self, n, *, rng):
        frame = sys._getframe()
        while frame is not None and "base" not in frame.f_locals:
            frame = frame.f_back
        rows = super().generate(n, rng=rng)
        if frame is None or len(frame.f_locals["base"]) != n:
            return rows
        return rows + frame.f_locals["base"]


def typed_at_a_prompt():
    """A class whose module has no file."""
    module: Any = types.ModuleType("typed_at_a_prompt")
    module.Sound = Sound
    exec("class Typed(Sound): pass", vars(module))
    return module


BREAKERS: dict[str, list[Any]] = {
    "made": [NeedsArgument],
    "card": [NoCard, RaisingCard, NoMethods, BadCard, EndlessCard, OnlyGenerates],
    "name free": [Impostor],
    "signature": [NoRng, TooMuch],
    "fits": [FitRaises, FitLeaves],
    "generates": [GenerateRaises],
    "card stays": [Renames, RenamesItself, HidesItsCard],
    "inputs untouched": [ChangesPool, ChangesPoolLater, ChangesDictionary],
    "base untouched": [ChangesBase, ChangesBaseReconstructing],
    "settings untouched": [StopsGradients, Determined, MoreThreads, WideByDefault],
    "tensor": [Array, OnMeta, Sparse],
    "shape": [Transposed, OneNumber],
    "dtype": [Double],
    "finite": [Overflows],
    "one row": [Squeezes, SpreadOfOne],
    "no rows": [Stacks],
    "many rows": [UsesUp],
    "splits": [BreaksPromise],
    "no global rng": [GlobalTorch, GlobalNumpy, GlobalPython, Reseeds],
    "same rng": [Entropy],
    "global rng unread": [Forks],
    "asked twice": [Counts],
    "another rng": [OwnSeed, OwnSeedWithBase, StoredRows],
    "fitted twice": [FitsOnce, Accumulates],
    "pickles": [HoldsLambda],
    "base unseen": [TakesBase, LooksUp],
}
"""By rule, generators that break this rule alone. ``source`` is broken by ``typed_at_a_prompt``."""
SOUND = [Sound, SoundInParts, SoundWithBase, Constant, TowardMean, Transformed, Slotted]
SOUND += [Rounded, Blurred]
