"""Which latents fire: a hierarchy and a Gaussian copula of low rank, from what fires together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.quasirandom import SobolEngine

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]

CONTAINED = 0.8
"""Share of a latent's firings in which its parent fires too, at least."""
DOUBT = 2
"""Firings without the parent that are added to those seen: few firings are no evidence."""
DEPTH = 3
"""Ancestors that a latent has at most."""
RANK = 32
"""Factors of the copula."""
DEVIATIONS = 2.0
"""Standard deviations of a count of joint firings that are worth half of what they show."""
STRONGEST = 0.95
"""Largest correlation of two latents."""
COMMON = 0.9
"""Largest share of a latent's variance that the factors explain."""
ROUNDS, STEPS = 3, 8
"""Estimates of what factors explain, and subspace iterations for each."""
DRAWS = 2048
"""Draws of the factors by which thresholds are found."""
LEAST = 1e-9
"""Least distance of a uniform number from 0 and 1, least value and least relative variance."""
CALIBRATED = 256
"""Latents whose thresholds are found at a time."""
HALVINGS = 25
"""Of the interval in which a threshold lies."""


@dataclass(frozen=True, eq=False)
class SyntheticFiring:
    """Which latents fire: a Gaussian copula of low rank, and parents without which none does.

    Latent i is above its threshold if ``loadings[i] e + sqrt(1 - |loadings[i]|^2) noise_i`` is,
    with independent standard normal factors ``e [r]`` and noise. It fires if it is and all of its
    ancestors are.

    Attributes:
        parent: of each latent, one that comes before it, or -1, ``[d]`` int64.
        loadings: ``[d, r]`` float64, each of a length below 1.
        threshold: ``[d]`` float64.
    """

    parent: Tensor
    loadings: Tensor
    threshold: Tensor

    @classmethod
    def fitted(cls, fires: csr_matrix, rate: Floats, *, rng: torch.Generator) -> SyntheticFiring:
        """Parents and loadings from what fires together; thresholds that give the rates.

        Args:
            fires: 0 or 1, ``[n, d]`` float32, the most frequent latent first; each fires.
            rate: at which they are to fire, falling, ``[d]``.
            rng: source of the draws by which thresholds are found.
        """
        together = torch.from_numpy((fires.T @ fires).toarray())
        parent = parents(together, rate)
        loadings = copula_loadings(together, fires.shape[0], rng=rng)
        return cls.calibrated(parent, loadings, torch.from_numpy(rate), rng=rng)

    @classmethod
    def calibrated(
        cls, parent: Tensor, loadings: Tensor, rate: Tensor, *, rng: torch.Generator
    ) -> SyntheticFiring:
        """The thresholds at which latents fire at their rates, ``rate [d]``.

        That of a latent without parent is a quantile of the normal distribution. Below a parent
        it depends on how the copula ties a latent to its ancestors: given the factors, all are
        independent, so the chance that ancestors fire is a product, averaged over draws of the
        factors as they are where the latent is above its threshold.
        """
        firing = cls(parent, loadings, -torch.special.ndtri(rate))
        # Points of a scrambled Sobol sequence fill space more evenly than as many random ones.
        seed = int(torch.randint(2**62, (), generator=rng))
        sequence = SobolEngine(1 + loadings.shape[1], scramble=True, seed=seed)  # type: ignore[no-untyped-call]
        points = sequence.draw(DRAWS, dtype=torch.float64).clamp(min=LEAST, max=1 - LEAST)
        strata, factors = points[:, 0], torch.special.ndtri(points[:, 1:])
        for level in firing.levels[1:]:
            for some in torch.split(level, CALIBRATED):
                above = firing._above(some, rate[some], factors, strata)
                firing.threshold[some] = -torch.special.ndtri(above)
        return firing

    @cached_property
    def levels(self) -> Sequence[Tensor]:
        """Latents without parent, those whose parent is one of these, and so on."""
        depth = torch.zeros_like(self.parent)
        for latent, parent in enumerate(self.parent.tolist()):
            depth[latent] = 0 if parent < 0 else depth[parent] + 1
        return [torch.nonzero(depth == each).flatten() for each in range(int(depth.max()) + 1)]

    def draw(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` independent patterns, ``[n, d]`` bool."""
        factors = torch.randn(n, self.loadings.shape[1], generator=rng)
        noise = torch.randn(n, len(self.parent), generator=rng)
        fires = factors @ self.loadings.T.float() + noise * self._alone.float() > self.threshold
        for level in self.levels[1:]:
            fires[:, level] &= fires[:, self.parent[level]]
        return fires

    @property
    def _alone(self) -> Tensor:
        """Spread of each latent that no factor explains, ``[d]``."""
        return (1 - self.loadings.square().sum(1)).sqrt()

    def _ancestors(self, latents: Tensor) -> list[Tensor]:
        """Parents of latents of one level, their parents, and so on, ``[latents]`` each."""
        found, above = [], self.parent[latents]
        while above[0] >= 0:
            found.append(above)
            above = self.parent[above]
        return found

    def _above(self, latents: Tensor, rate: Tensor, factors: Tensor, strata: Tensor) -> Tensor:
        """How often latents are to be above their thresholds, to fire at ``rate``, ``[latents]``.

        Args:
            latents: of one level below the first, whose ancestors have their thresholds.
            rate: less than their parents', ``[latents]``.
            factors: standard normal draws, ``[draws, r]``.
            strata: between 0 and 1, ``[draws]``.
        """
        low, high = rate.log(), torch.zeros_like(rate)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            found = middle + self._let_fire(latents, middle.exp(), factors, strata).log()
            enough = found > rate.log()
            low, high = torch.where(enough, low, middle), torch.where(enough, middle, high)
        return high.exp()

    def _let_fire(self, latents: Tensor, above: Tensor, factors: Tensor, strata: Tensor) -> Tensor:
        """The chance that all ancestors fire where a latent is above its threshold, ``[latents]``.

        ``above [latents]`` is the chance that it is; the rest as for ``_above``.
        """
        own = self.loadings[latents]
        shared = own.square().sum(1)
        # The latent's own normal variable above the threshold, then the factors given it: their
        # covariance 1 - v v^T has the root 1 - narrowed v v^T.
        value = -torch.special.ndtri(strata[:, None] * above)
        narrowed = 1 / (1 + (1 - shared).sqrt())
        along = value - narrowed * (factors @ own.T)
        chance = torch.ones_like(along)
        for each in self._ancestors(latents):
            theirs = self.loadings[each]
            seen = (theirs * own).sum(1) * along + factors @ theirs.T
            chance *= torch.special.ndtr((seen - self.threshold[each]) / self._alone[each])
        return chance.mean(0)


def parents(together: Tensor, rate: Floats) -> Tensor:
    """The parent of each latent, or -1, ``[d]`` int64.

    It is the least frequent one of those that fire in ``CONTAINED`` of the latent's firings, at a
    higher rate.

    Args:
        together: rows in which two latents fire, one in the diagonal, ``[d, d]`` float32; latents
            in falling order of frequency.
        rate: at which they are to fire, falling, ``[d]``.
    """
    d = len(together)
    found = torch.full((d,), -1)
    depth = torch.zeros(d, dtype=torch.int64)
    rates = torch.from_numpy(rate)
    for latent in range(1, d):
        share = together[latent, :latent] / (together[latent, latent] + DOUBT)
        able = (share >= CONTAINED) & (depth[:latent] < DEPTH) & (rates[:latent] > rates[latent])
        if able.any():
            found[latent] = int(torch.nonzero(able)[-1])
            depth[latent] = depth[found[latent]] + 1
    return found


def copula_loadings(together: Tensor, n: int, *, rng: torch.Generator) -> Tensor:
    """Loadings of a Gaussian copula under which latents fire together as counted, ``[d, r]``.

    Principal factors of the correlations that two normal variables have if they pass thresholds
    together so often, to the second term of the tetrachoric series.

    Args:
        together: as for ``parents``.
        n: rows that were counted.
        rng: source of the first directions.
    """
    d = len(together)
    correlation = _correlations(together, n)
    rank = min(RANK, d)
    basis = torch.randn(d, min(2 * rank, d), generator=rng)
    apart = ~torch.eye(d, dtype=torch.bool)
    common = (correlation.abs() * apart).amax(1)
    loadings = torch.zeros(d, rank)
    for _ in range(ROUNDS):
        correlation.diagonal().copy_(common)
        for _ in range(STEPS):
            basis = torch.linalg.qr(correlation @ basis).Q
        values, within = torch.linalg.eigh(basis.T @ correlation @ basis)
        directions = basis @ within[:, -rank:]
        loadings = directions * values[-rank:].clamp(min=0).sqrt()
        common = loadings.square().sum(1).clamp(max=COMMON)
    # Of the two signs of a direction, processors need not find the same.
    largest = loadings.gather(0, loadings.abs().argmax(0, keepdim=True))
    loadings = (loadings * torch.where(largest < 0, -1.0, 1.0)).double()
    too_long = (loadings.square().sum(1, keepdim=True) / COMMON).clamp(min=1)
    found: Tensor = loadings / too_long.sqrt()
    return found


def _correlations(together: Tensor, n: int) -> Tensor:
    """Correlations of the normal variables behind joint firings, ``[d, d]`` float32.

    A count of ``c`` where independent latents have ``e`` shows an excess of ``c - e``, which is
    believed by how far it exceeds what chance does.
    """
    frequency = (together.diagonal().double() + 0.5) / (n + 1)
    threshold = -torch.special.ndtri(frequency)
    height = (-threshold.square() / 2).exp() / (2 * torch.pi) ** 0.5
    expected = (n * frequency[:, None] * frequency).float()
    excess = together - expected
    doubt = DEVIATIONS**2 * torch.maximum(together, expected)
    excess *= excess.square() / (excess.square() + doubt)
    slope = excess / (n * (height[:, None] * height).float())
    # excess / n = height height' (r + r^2 threshold threshold' / 2), solved for r.
    bend = (threshold[:, None] * threshold).float()
    found = 2 * slope / (1 + (1 + 2 * bend * slope).clamp(min=0).sqrt())
    correlations: Tensor = found.clamp(-STRONGEST, STRONGEST)
    return correlations
