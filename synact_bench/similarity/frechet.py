"""Fréchet distance: how far the mean and covariance of a sample are from those of real."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.similarity.pool import Matrix


@dataclass(frozen=True, eq=False)
class Moments:
    """What a sample is compared with; prepared once for many samples.

    Attributes:
        mean: ``[d_model]`` float64.
        root: symmetric square root of the covariance, ``[d_model, d_model]`` float64.
        variance: trace of the covariance.
    """

    mean: Floats
    root: Floats
    variance: float

    @classmethod
    def of(cls, mean: Floats, covariance: Floats) -> Moments:
        """Of a mean ``[d_model]`` and a symmetric covariance; directions of no variance are kept.

        What rounding makes negative of their variance counts as none.
        """
        values, vectors = np.linalg.eigh(covariance)
        root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
        return cls(mean, root, float(np.trace(covariance)))


@dataclass(frozen=True, eq=False)
class Frechet:
    """The distance of a sample, and what each of its activations has to do with it.

    Attributes:
        value: squared, in activation units squared; at least 0, 0 for equal mean and covariance.
        influences: of each activation, ``[n]``: the derivative of the distance by its weight, so
            that their mean is 0. ``value + influences`` are numbers whose mean over resampled
            documents is, to first order, the distance of the resampled sample.
    """

    value: float
    influences: Floats


def frechet(sample: Matrix, real: Moments) -> Frechet:
    r"""Squared Fréchet distance of the normal distributions that have the moments of both.

        |m - m_real|^2 + tr(C + C_real - 2 (C_real^1/2 C C_real^1/2)^1/2)

    with the mean m and the covariance C (over n - 1) of the sample. The last trace is the sum of
    the singular values of X C_real^1/2, X the centred sample over the root of n - 1: no root of a
    product is taken, and a sample of fewer rows than dimensions, or of equal ones, is no special
    case. In finite samples the distance is biased upward, by more for fewer rows: compare it with
    that of as many real ones.

    Args:
        sample: ``[n, d_model]``, at least 2 rows.
        real: what it is compared with.
    """
    rows = sample.astype(np.float64)
    n, mean = len(rows), rows.mean(axis=0)
    centred, shift = rows - mean, mean - real.mean
    left, roots, _ = np.linalg.svd(centred @ real.root / np.sqrt(n - 1), full_matrices=False)
    squares = (centred**2).sum(axis=1) * (n / (n - 1))
    spread, shared = squares.mean(), roots.sum()
    # By its weight, C grows by the row's outer product, and the trace of the root by half of the
    # product with the inverse root: in the singular basis nothing is left to invert.
    influences = 2 * centred @ shift + squares - n * (left**2 @ roots) - (spread - shared)
    value = shift @ shift + spread + real.variance - 2 * shared
    return Frechet(max(float(value), 0.0), influences)
