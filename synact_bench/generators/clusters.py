"""Clusters: groups of activations that lie close together, such as those of one last token."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from synact_bench.core.activations import NO_VARIANCE
from synact_bench.core.errors import SynactError

PROBED = 1000
"""Rows whose nearest neighbours decide the radius."""
CHUNK = 512
"""Rows compared with others at a time."""
EXTRA = 3
"""Numbers that describe two groups of distances and not one: a mean, a spread and a share."""
PRIOR = 4
"""Rows that the prediction of a cluster's spread counts for."""
RIDGE = 0.1
"""Penalty on the slopes that predict spread, relative to the weight of all clusters."""
LEAST_SPREAD = 1e-3
"""Least variance of a group, as a share of that of all: a few equal distances are no group."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """A partition of activations.

    Attributes:
        rows: the activations, those of one cluster side by side, ``[n, d_model]`` float32.
        cluster: of each row, ascending, ``[n]`` int64.
        start: first row of each cluster, ``[clusters]``.
        size: rows of each cluster, at least 1, ``[clusters]``.
        mean: of each cluster, ``[clusters, d_model]`` float32.
        radius: farthest that a row may lie from the first of its cluster.
    """

    rows: Tensor
    cluster: Tensor
    start: Tensor
    size: Tensor
    mean: Tensor
    radius: float

    @classmethod
    def of(cls, rows: Tensor, *, rng: torch.Generator) -> Clusters:
        """Group ``rows [n, d_model]`` by closeness.

        In random order, a row joins the cluster with the nearest first row within the radius, or
        begins a cluster of its own. The radius is where the distances from rows to their nearest
        neighbours part best into near and far, so that at least one cluster has two rows.

        Raises:
            SynactError: there are fewer than two rows, or no two that differ lie close.
        """
        if len(rows) < 2:
            raise _no_clusters(f"{len(rows)} activations have no neighbours")
        shuffled = rows[torch.randperm(len(rows), generator=rng)]
        radius = parting(neighbour_distances(shuffled[:PROBED], shuffled))
        labels = _joined(shuffled, radius)
        order = labels.argsort(stable=True)
        size = torch.bincount(labels)
        if radius == 0 or int(size.max()) == 1:
            raise _no_clusters("no two activations that differ lie close")
        sums = torch.zeros(len(size), rows.shape[1], dtype=torch.float64)
        sums.index_add_(0, labels, shuffled.double())
        return cls(
            rows=shuffled[order],
            cluster=labels[order],
            start=size.cumsum(0) - size,
            size=size,
            mean=(sums / size[:, None]).float(),
            radius=radius,
        )

    @property
    def covariance(self) -> Tensor:
        """Covariance of a row about its cluster's own mean, ``[d_model, d_model]`` float64.

        Shared by all clusters: each weighs by what its rows say beyond their mean.
        """
        apart = self.residuals.double()
        freedom = int((self.size - 1).sum())
        shared: Tensor = apart.T @ apart / freedom
        return shared

    @cached_property
    def whitening(self) -> Tensor:
        """From residuals to coordinates of covariance 1 over all, ``[d_model, k]`` float32.

        Its pseudo-inverse leads back. Directions of no variance are left out.
        """
        values, vectors = torch.linalg.eigh(self.covariance)
        kept = values > NO_VARIANCE * values[-1]
        whitening: Tensor = (vectors[:, kept] / values[kept].sqrt()).float()
        return whitening

    @cached_property
    def spread(self) -> Tensor:
        """How far rows of each cluster stray, the average cluster's as 1, ``[clusters]`` float32.

        What a cluster's own rows show, and as if ``PRIOR`` more rows showed what a linear fit of
        the logarithm predicts from the cluster's mean: clusters of one row have nothing else.
        """
        freedom = (self.size - 1).double()
        squares = torch.zeros(len(self.size), dtype=torch.float64).index_add_(
            0, self.cluster, (self.residuals @ self.whitening).double().square().mean(dim=1)
        )
        known = freedom > 0
        logs = (squares[known] / freedom[known]).clamp(min=LEAST_SPREAD).log()
        expected = _fitted(self.mean, known, logs, freedom[known].clamp(max=PRIOR)).exp()
        spread: Tensor = ((squares + PRIOR * expected) / (freedom + PRIOR)).sqrt().float()
        return spread

    def draw(self, n: int, *, rng: torch.Generator) -> Tensor:
        """Clusters of ``n`` rows drawn uniformly with replacement, ``[n]``."""
        return self.cluster[torch.randint(len(self.cluster), (n,), generator=rng)]

    @staticmethod
    def widening(count: Tensor) -> Tensor:
        """How much farther a new row strays from a mean of ``count [n]`` rows than from the true.

        ``[n]`` float32, ``sqrt(1 + 1 / count)``.
        """
        return (1 + 1 / count.float()).sqrt()

    @property
    def residuals(self) -> Tensor:
        """Rows less the mean of their cluster, ``[n, d_model]``."""
        return self.rows - self.mean[self.cluster]


def _no_clusters(what: str) -> SynactError:
    return SynactError(what, where="the train pool", fix="give the train pool more text")


def _fitted(features: Tensor, known: Tensor, values: Tensor, weights: Tensor) -> Tensor:
    """Ridge regression of ``values`` on the known rows of ``features``, for all rows ``[n]``."""
    centre, spread = features.mean(dim=0), features.std(dim=0).clamp(min=1e-6)
    inputs = ((features - centre) / spread).double()
    average = (weights @ values) / weights.sum()
    chosen = inputs[known]
    ridge = RIDGE * torch.eye(inputs.shape[1], dtype=torch.float64)
    slopes = torch.linalg.solve(
        (chosen.T * weights) @ chosen + ridge * weights.sum(),
        chosen.T @ (weights * (values - average)),
    )
    predicted: Tensor = average + inputs @ slopes
    return predicted.clamp(min=float(values.min()), max=float(values.max()))


def neighbour_distances(first: Tensor, rows: Tensor) -> Tensor:
    """Distance of each of the first rows from the nearest other one, ``[len(first)]`` float64.

    Args:
        first: the first rows of ``rows``.
        rows: ``[n, d_model]``.
    """
    found = []
    for begin in range(0, len(first), CHUNK):
        chunk = first[begin : begin + CHUNK]
        apart = torch.cdist(chunk, rows)
        own = torch.arange(len(apart))
        apart[own, own + begin] = torch.inf
        # Once more for the nearest alone: the product that is fast for all rounds small distances.
        found.append((chunk - rows[apart.argmin(dim=1)]).norm(dim=1))
    return torch.cat(found).double()


def parting(distances: Tensor) -> float:
    """The distance that parts ``distances [n]`` best into near and far.

    Two normal distributions of the logarithm, of any share and spread, are told apart with the
    fewest errors (Kittler and Illingworth, Pattern Recognition 19, 1986). Where one distribution
    explains them as well, by the Bayesian information criterion, all of them are near. At least
    the smallest distance above 0; 0 if there is none.
    """
    logs = distances[distances > 0].log().sort().values
    n = len(logs)
    if n < 2:
        return float(logs.exp().sum())
    below = torch.arange(1, n, dtype=torch.float64)
    least = LEAST_SPREAD * float(logs.var()) + torch.finfo(torch.float64).tiny
    costs = torch.zeros(n - 1, dtype=torch.float64)
    for ordered, count in ((logs, below), (logs.flip(0), below)):
        mean, square = ((ordered**power).cumsum(0)[:-1] / count for power in (1, 2))
        spread = (square - mean**2).clamp(min=least)
        cost = count / n * (spread.log() / 2 - (count / n).log())
        costs += cost if ordered is logs else cost.flip(0)
    best = int(costs.argmin())
    alone = logs.var(correction=0).clamp(min=least).log() / 2
    if n * (alone - costs[best]) < EXTRA / 2 * math.log(n):
        return float(logs[-1].exp())
    # Halfway to the next, so that rounding of a distance does not decide.
    return float(logs[best : best + 2].mean().exp())


def _joined(rows: Tensor, radius: float) -> Tensor:
    """Number of the cluster of each row, in the order in which clusters begin, ``[n]`` int64."""
    labels = torch.empty(len(rows), dtype=torch.int64)
    leaders = rows[:0]
    for begin in range(0, len(rows), CHUNK):
        chunk = rows[begin : begin + CHUNK]
        near = torch.full((len(chunk),), torch.inf)
        own = torch.zeros(len(chunk), dtype=torch.int64)
        if len(leaders):
            near, own = torch.cdist(chunk, leaders).min(dim=1)
        apart, known = torch.cdist(chunk, chunk), len(leaders)
        new: list[int] = []
        for row in range(len(chunk)):
            if near[row] > radius:
                own[row], near[row] = known + len(new), 0
                closer = apart[row] < near
                closer[: row + 1] = False
                near[closer], own[closer] = apart[row][closer], own[row]
                new.append(row)
        labels[begin : begin + CHUNK] = own
        leaders = torch.cat([leaders, chunk[new]])
    return labels
