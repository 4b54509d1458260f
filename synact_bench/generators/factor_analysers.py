"""A mixture of factor analysers: normal distributions of low rank and diagonal noise."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.errors import SynactError
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.built_in import BuiltIn
from synact_bench.generators.velocity import one_thread

COMPONENTS = 128
FACTORS = 32
ROWS = 100
"""Rows of the pool for each component, on average, at least: a smaller pool has fewer."""
ITERATIONS = 6
"""Times that activations are assigned to components again."""
INNER = 4
"""Steps of each component's factor analysis between two such times."""
SEEDS = 4000
"""Rows among which k-means finds its first centres."""
LLOYD = 10
"""Iterations of k-means, from which the components start."""
FLOOR = 1e-3
"""Least noise of a coordinate, as a share of its variance over the pool."""
NEGLIGIBLE = 1e-12
"""A row's share in a component that is not counted."""
LEAST_ROWS = 1e-6
"""Rows below which a component is empty and keeps what it has; it is not drawn any more."""
TINY = 1e-12
"""Spread below which a coordinate is a constant, in units of activations."""
CHUNK = 2000
"""Rows whose densities are computed at a time."""


class FactorAnalysers:
    """Samples of a mixture of factor analysers, fitted by maximum likelihood.

    The density of Ghahramani and Hinton, *The EM algorithm for mixtures of factor analyzers*
    (CRG-TR-96-1, Toronto, 1996), with noise of its own for each component. arXiv 2602.02464 takes
    it for the density of a language model's activations.

    Args:
        components: normal distributions that are mixed, at most one for each ``ROWS`` rows.
        factors: rank of each one's loadings; less than ``d_model``.
        iterations: of the EM algorithm.
    """

    def __init__(
        self,
        *,
        components: int = COMPONENTS,
        factors: int = FACTORS,
        iterations: int = ITERATIONS,
    ) -> None:
        self.components = components
        self.factors = factors
        self.iterations = iterations
        self.card = GeneratorCard(
            name="factor-analysers",
            version="1",
            track="unconditional",
            reference="arXiv 2602.02464",
            summary="Mixture of factor analysers: normal distributions of low rank plus noise.",
            parameters={
                "components": components,
                "rows": ROWS,
                "factors": factors,
                "iterations": iterations,
                "inner": INNER,
                "floor": FLOOR,
            },
        )

    def fit(self, real: RealActivations, dictionary: Dictionary, *, rng: torch.Generator) -> None:
        """Fit the mixture to the train pool, in one thread.

        Raises:
            SynactError: the pool has fewer than two activations.
        """
        if len(real) < 2:
            raise SynactError(
                f"{len(real)} activations have no covariance",
                where=f"generator {self.card.name!r}",
                fix="give the train pool more text",
            )
        self._centre = real.tensor.double().mean(0)
        # In units of each coordinate's spread, so that a few large ones do not decide k-means.
        self._scale = real.tensor.double().std(0)
        # A constant coordinate has a spread of 0, by which what is drawn is multiplied.
        rows = (real.tensor.double() - self._centre) / self._scale.clamp(min=TINY)
        components = min(self.components, max(len(rows) // ROWS, 1))
        with one_thread():
            self._mixture = Mixture.started(
                rows, components=components, factors=self.factors, rng=rng
            )
            for _ in range(self.iterations):
                self._mixture, _ = self._mixture.improved(rows)

    def log_likelihood(self, activations: Tensor) -> float:
        """Mean logarithm of the density of ``activations [n, d_model]``, in nats each.

        That of pools without a constant coordinate, in units of activations.
        """
        rows = (activations.double() - self._centre) / self._scale
        return self._mixture.log_likelihood(rows) - float(self._scale.log().sum())

    def generate(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` independent samples, ``[n, d_model]``."""
        drawn = self._mixture.draw(n, rng=rng)
        made: Tensor = (drawn * self._scale + self._centre).float()
        return made


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of K factor analysers of q factors over d dimensions, all float64.

    Given its component k, a row is normal with mean ``mean[k]`` and covariance
    ``loadings[k] loadings[k]^T + diag(noise[k])``.

    Attributes:
        weight: chance of each component, ``[K]``.
        mean: ``[K, d]``.
        loadings: ``[K, d, q]``.
        noise: variance beside the factors, at least ``FLOOR``, ``[K, d]``.
    """

    weight: Tensor
    mean: Tensor
    loadings: Tensor
    noise: Tensor

    @classmethod
    def started(
        cls, rows: Tensor, *, components: int, factors: int, rng: torch.Generator
    ) -> Mixture:
        """One component for each group that k-means finds.

        Loadings begin along the directions in which groups spread most, each at its own length.

        Args:
            rows: ``[n, d]`` float64, in units in which coordinates have variances of about 1.
            components: asked for; groups that stay empty have none.
            factors: asked for; at most ``d - 1``.
            rng: source of the first centres.
        """
        labels = _groups(rows, components, rng=rng)
        groups = [rows[labels == each] for each in torch.bincount(labels).nonzero()]
        weight = torch.tensor([len(own) / len(rows) for own in groups], dtype=torch.float64)
        mean = torch.stack([own.mean(0) for own in groups])
        variance = torch.stack([own.var(0, correction=0) for own in groups])
        within = sum(len(own) * torch.cov(own.T, correction=0) for own in groups) / len(rows)
        q = min(factors, rows.shape[1] - 1)
        directions = torch.linalg.eigh(within).eigenvectors[:, rows.shape[1] - q :]
        # Of the two signs of a direction, processors need not find the same.
        largest = directions.gather(0, directions.abs().argmax(0, keepdim=True))
        directions = directions * largest.sign()
        along = [((own - own.mean(0)) @ directions).square().mean(0).sqrt() for own in groups]
        loadings = directions * torch.stack(along)[:, None]
        # Noise that starts too small stays so: the factors then follow single coordinates.
        noise = (variance - loadings.square().sum(2)).maximum(variance / 2).clamp(min=FLOOR)
        return cls(weight, mean, loadings, noise)

    def log_densities(self, rows: Tensor) -> Tensor:
        """Logarithm of weight times density of ``rows [n, d]`` in each component, ``[n, K]``.

        By the identities of Woodbury and Sylvester no ``[d, d]`` matrix is inverted: with
        precision ``1 / noise`` and ``M = 1 + loadings^T precision loadings``, ``[q, q]``.
        """
        d = rows.shape[1]
        precision = 1 / self.noise
        weighted = precision[:, :, None] * self.loadings
        factor = torch.linalg.cholesky(self._inner(weighted))
        # Coordinates in which what the factors explain is a sum of squares: [K, d, q].
        explained = torch.linalg.solve_triangular(factor, weighted.mT, upper=False).mT
        flat = explained.movedim(0, 1).reshape(d, -1)
        offset = torch.einsum("kd,kdq->kq", self.mean, explained)
        volume = self.noise.log().sum(1) + 2 * factor.diagonal(dim1=1, dim2=2).log().sum(1)
        constant = self.weight.log() - (volume + d * math.log(2 * math.pi)) / 2
        constant = constant - (self.mean.square() * precision).sum(1) / 2
        found = torch.empty(len(rows), len(self.weight), dtype=torch.float64)
        for begin in range(0, len(rows), CHUNK):
            chunk = rows[begin : begin + CHUNK]
            along = (chunk @ flat).reshape(len(chunk), *offset.shape) - offset
            part = chunk @ (self.mean * precision).T - chunk.square() @ precision.T / 2
            found[begin : begin + CHUNK] = constant + part + along.square().sum(2) / 2
        return found

    def log_likelihood(self, rows: Tensor) -> float:
        """Mean logarithm of the density over ``rows [n, d]``, in nats a row."""
        return float(self.log_densities(rows).logsumexp(1).mean())

    def improved(self, rows: Tensor) -> tuple[Mixture, float]:
        """One iteration of EM: the next mixture, and the log-likelihood of this one.

        Rows are assigned to components by chance, means and weights follow, and ``INNER`` steps
        of each component's own EM fit its loadings and noise to the covariance of its rows. None
        of this lowers the likelihood.
        """
        logs = self.log_densities(rows)
        total = logs.logsumexp(1)
        shares = (logs - total[:, None]).exp()
        parts = [self._refitted(each, rows, shares[:, each]) for each in range(len(self.weight))]
        weight, mean, loadings, noise = (torch.stack(each) for each in zip(*parts, strict=True))
        found = replace(
            self, weight=weight / weight.sum(), mean=mean, loadings=loadings, noise=noise
        )
        return found, float(total.mean())

    def draw(self, n: int, *, rng: torch.Generator) -> Tensor:
        """``n`` independent rows, ``[n, d]`` float64."""
        d, q = self.loadings.shape[1:]
        chosen = torch.multinomial(self.weight, n, replacement=True, generator=rng) if n else None
        factors = torch.randn(n, q, generator=rng, dtype=torch.float64)
        noise = torch.randn(n, d, generator=rng, dtype=torch.float64)
        if chosen is None:
            return noise
        made = self.mean[chosen] + self.noise[chosen].sqrt() * noise
        for component in torch.bincount(chosen).nonzero().flatten().tolist():
            own = chosen == component
            made[own] += factors[own] @ self.loadings[component].T
        return made

    def _inner(self, weighted: Tensor) -> Tensor:
        """Posterior precision of the factors, ``[K, q, q]``."""
        q = self.loadings.shape[2]
        return torch.eye(q, dtype=torch.float64) + self.loadings.mT @ weighted

    def _refitted(
        self, component: int, rows: Tensor, shares: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Weight, mean, loadings and noise of one component, for its ``shares [n]`` in rows."""
        loadings, noise = self.loadings[component], self.noise[component]
        counted = shares > NEGLIGIBLE
        own, share = rows[counted], shares[counted, None]
        size = share.sum()
        if size < LEAST_ROWS:
            return torch.zeros_like(size), self.mean[component], loadings, noise
        mean = (share * own).sum(0) / size
        apart = (own - mean).mul_((share / size).sqrt())
        variance = apart.square().sum(0)
        for _ in range(INNER):
            loadings, noise = _stepped(apart, variance, loadings, noise)
        return size, mean, loadings, noise


def _stepped(
    apart: Tensor, variance: Tensor, loadings: Tensor, noise: Tensor
) -> tuple[Tensor, Tensor]:
    """One EM step of a factor analysis of the covariance ``apart^T apart``, ``apart [n, d]``.

    That of Rubin and Thayer, Psychometrika 47, 1982; ``variance [d]`` is the covariance's diagonal,
    and all of it, ``[d, d]``, would cost more than a few steps. What EM raises has one peak along
    each coordinate's noise: where that lies below the floor, the floor is best.
    """
    one = torch.eye(loadings.shape[1], dtype=torch.float64)
    weighted = loadings / noise[:, None]
    spread = torch.linalg.inv(one + loadings.T @ weighted)
    factors = apart @ (weighted @ spread)  # what is expected of them, [n, q]
    shared = apart.T @ factors
    found: Tensor = torch.linalg.solve(spread + factors.T @ factors, shared, left=False)
    return found, (variance - (found * shared).sum(1)).clamp(min=FLOOR)


def _groups(rows: Tensor, count: int, *, rng: torch.Generator) -> Tensor:
    """The group of each of ``rows [n, d]`` by k-means, ``[n]`` int64; some may have no row.

    Centres begin at some of the rows, each drawn by its squared distance from those before (Arthur
    and Vassilvitskii, 2007). One that loses its rows stays where it is.
    """
    some = rows[torch.randperm(len(rows), generator=rng)[:SEEDS]]
    squares = some.square().sum(1)
    apart, centres = torch.full_like(squares, torch.inf), some[:1]
    for _ in range(1, min(count, len(some))):
        last = centres[-1]
        apart = apart.minimum((squares - 2 * some @ last + last @ last).clamp(min=0))
        if not apart.any():
            break  # fewer rows differ than groups were asked for
        centres = torch.cat([centres, some[torch.multinomial(apart, 1, generator=rng)]])
    for _ in range(LLOYD):
        labels = (centres.square().sum(1) - 2 * rows @ centres.T).argmin(1)
        size = torch.bincount(labels, minlength=len(centres))
        sums = torch.zeros_like(centres).index_add_(0, labels, rows)
        centres = torch.where(size[:, None] > 0, sums / size[:, None].clamp(min=1), centres)
    return labels


FACTOR_ANALYSERS = BuiltIn(FactorAnalysers, order=270, optional=True)
