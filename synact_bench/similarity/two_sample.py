"""Two-sample diagnostics: how a sample differs from real. For the record, never for a rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.similarity.manifold import Support, coverage, density, pairwise, precision
from synact_bench.similarity.pool import Bools, Ids, Matrix

PRECISION_K = 3
COVERAGE_K = 5
VOTERS = 5
PERMUTATIONS = 1000
TIE = 1e-9
"""Difference of distances, as a share of the largest, below which they count as equal."""
FEWEST = 10
"""Rows of either sample without which nothing is said."""


@dataclass(frozen=True)
class TwoSample:
    """A generated sample beside a real one of the same size. All None for fewer than 10 rows.

    Attributes:
        n: rows of either sample.
        precision: share of generated rows in the support of the real ones, 0 to 1
            (arXiv 1904.06991, k = 3).
        recall: share of real rows in the support of the generated ones, 0 to 1 (likewise).
        density: mean number of real balls a generated row lies in, over k; real has about 1
            (arXiv 2002.09797, k = 5).
        coverage: share of real balls that hold a generated row, 0 to 1 (likewise).
        kid: unbiased squared maximum mean discrepancy under a cubic kernel (``kernel_distance``);
            about 0 for real, of either sign.
        c2st_sample: share of generated rows told for generated, 0 to 1 (``classifier_test``).
        c2st_real: share of real rows told for real, 0 to 1; both are about 0.5 for real.
        c2st_p: chance that two samples of one origin are told apart as well.
    """

    n: int
    precision: float | None = None
    recall: float | None = None
    density: float | None = None
    coverage: float | None = None
    kid: float | None = None
    c2st_sample: float | None = None
    c2st_real: float | None = None
    c2st_p: float | None = None


def two_sample(sample: Matrix, real: Matrix, *, rng: np.random.Generator) -> TwoSample:
    """Compare a sample with held-out real, ``[n, d_model]`` and ``[m, d_model]``.

    The measures depend on the sizes: of the larger sample as many rows as the other has are drawn
    without replacement.
    """
    n = min(len(sample), len(real))
    if n < FEWEST:
        return TwoSample(n)
    own, other = (each[np.sort(rng.permutation(len(each))[:n])] for each in (sample, real))
    close = Support.of(other, k=PRECISION_K).inside(own)
    close_to_own = Support.of(own, k=PRECISION_K).inside(other)
    inside = Support.of(other, k=COVERAGE_K).inside(own)
    told = classifier_test(own, other, rng=rng)
    return TwoSample(
        n=n,
        precision=precision(close),
        recall=precision(close_to_own),
        density=density(inside, k=COVERAGE_K),
        coverage=coverage(inside),
        kid=kernel_distance(own, other),
        c2st_sample=told.sample,
        c2st_real=told.real,
        c2st_p=told.p,
    )


def kernel_distance(sample: Matrix, real: Matrix) -> float:
    """Unbiased squared maximum mean discrepancy, k(x, y) = (x . y / d + 1)^3 (arXiv 1801.01401).

    Coordinates are first centred on the mean of ``real`` and divided by their standard deviation
    there, so that none outweighs the others; one that does not vary is only centred. Unit: none.
    0 on average for samples of one distribution, negative by chance. Needs 2 rows of each.
    """
    centre = real.mean(axis=0, dtype=np.float64)
    scale = real.std(axis=0, dtype=np.float64)
    scale[scale == 0] = 1
    one, two = (sample - centre) / scale, (real - centre) / scale
    return _mean_of_pairs(one) + _mean_of_pairs(two) - 2 * float(_kernel(one, two).mean())


class ClassifierTest(NamedTuple):
    """Shares of each sample's rows that a classifier gives back to it, and the chance of that."""

    sample: float
    real: float
    p: float


def classifier_test(
    sample: Matrix, real: Matrix, *, rng: np.random.Generator, permutations: int = PERMUTATIONS
) -> ClassifierTest:
    """Can a classifier tell the samples apart? Equal sizes are the caller's care.

    Each row is given to the sample that most of its 5 nearest others belong to (arXiv 1610.06545,
    with a nearest-neighbour classifier, one row left out at a time); equally near ones count in
    random order.

    The p-value is the share of label permutations, the actual labels among them, in which the two
    shares lie no nearer to one half in sum. Their mean, the accuracy, would not do: in many
    dimensions a row far from everything has the denser sample for its neighbours, so that all
    rows are given to one sample and half of them rightly.
    """
    rows = np.concatenate([sample, real])
    apart = pairwise(rows, rows)
    np.fill_diagonal(apart, np.inf)
    # Ties at random: rows that are all equal must not all have the same few voters.
    apart += TIE * apart.max(initial=0, where=np.isfinite(apart)) * rng.random(apart.shape)
    voters = np.argpartition(apart, VOTERS, axis=1)[:, :VOTERS]
    labels = np.arange(len(rows)) < len(sample)
    told = _shares(labels[None], voters)
    shuffled = rng.permuted(np.tile(labels, (permutations, 1)), axis=1)
    as_far = _departure(_shares(shuffled, voters)) >= _departure(told)
    p = (1 + int(as_far.sum())) / (1 + permutations)
    return ClassifierTest(float(told[0, 0]), float(told[0, 1]), p)


def _kernel(one: Floats, two: Floats) -> Floats:
    kernel: Floats = (one @ two.T / one.shape[1] + 1) ** 3
    return kernel


def _mean_of_pairs(rows: Floats) -> float:
    kernel = _kernel(rows, rows)
    return float((kernel.sum() - np.trace(kernel)) / (len(rows) * (len(rows) - 1)))


def _shares(labels: Bools, voters: Ids) -> Floats:
    """Shares of rows given to their own sample, ``[labellings, 2]``: labelled True, then False."""
    votes = np.zeros(labels.shape, dtype=np.int8)
    for place in range(voters.shape[1]):
        votes += labels[:, voters[:, place]]
    right = (votes > voters.shape[1] / 2) == labels
    both = [(right & each).sum(axis=1) / each.sum(axis=1) for each in (labels, ~labels)]
    return np.stack(both, axis=1)


def _departure(shares: Floats) -> Floats:
    departure: Floats = np.abs(shares - 0.5).sum(axis=1)
    return departure
