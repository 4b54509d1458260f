"""The trivial explanation: how much of a score the bare geometry of its paths reproduces."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics.base import Floats

FEATURES = ("distance", "norm", "cosine", "mahalanobis")
"""The trivial facts of a path, in the order of their columns: the distance from base to target;
the norm of the scored activation; the cosine between base and target, both seen from the mean of
the train pool; the Mahalanobis distance of the scored activation from that pool."""

FOLDS = 5
PATHS_PER_TERM = 10
"""Paths that a fit must see for each of its coefficients."""

STANDARD_ERRORS = 2.0
"""A shift from real smaller than this many of its standard errors is nothing to explain."""

TAIL = 0.005
"""Share of the paths seen by a fit, at either end of a feature, that do not count as its range."""

_SPREAD = 1e-6  # a feature that varies less, relative to its size, varies by rounding only


@dataclass(frozen=True, eq=False)
class PathFacts:
    """One row's paths in one cell: what was measured, and what geometry knows.

    Attributes:
        values: ``[paths]``; NaN where the metric is undefined. For a metric of sets, one number
            per path that it depends on: the mean of those it compares.
        features: ``[paths, features]``, the same columns for every row. Units are free. A path
            with a NaN among them is dropped.
        documents: the document of each path, ``[paths]``.
    """

    values: Floats
    features: Floats
    documents: tuple[str, ...]

    def __post_init__(self) -> None:
        paths = len(self.documents)
        if self.values.shape != (paths,) or self.features.ndim != 2 or len(self.features) != paths:
            raise ValueError(
                f"values {self.values.shape} and features {self.features.shape} must be [paths] "
                f"and [paths, features] of the {paths} documents"
            )
        if np.isinf(self.values).any() or np.isinf(self.features).any():
            raise ValueError("a value or feature must be finite, or NaN where it is undefined")


@dataclass(frozen=True)
class Share:
    """How much of one row's shift from real its geometry reproduces.

    Attributes:
        value: 1 all of it, 0 none, negative where geometry foretells the opposite; None without a
            shift to explain.
        extrapolated: share of the row's paths with a feature beyond the central 99 % of those the
            fit has seen, 0 to 1: near 0.01 a feature where nothing is unusual; where it is high,
            ``value`` says little. None without a fit.
        reason: why there is no value.
    """

    value: float | None
    extrapolated: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Explained:
    """How much of one metric in one cell its paths' geometry reproduces.

    Attributes:
        r2: share of the variance over all rows' paths that is predicted out of sample: 1 all of
            it, 0 none; negative where the mean of the other paths predicts better.
        shares: by row, real excepted.
        reason: why there is no ``r2``.
    """

    r2: float | None
    shares: Mapping[str, Share]
    reason: str | None = None


@dataclass(frozen=True, eq=False)
class _Pooled:
    values: Floats
    features: Floats
    documents: NDArray[np.str_]
    rows: NDArray[np.str_]
    folds: NDArray[np.int64]


def explained(
    rows: Mapping[str, PathFacts],
    *,
    real: str = "real",
    alike: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Explained:
    """Explain a metric by the geometry of its paths alone.

    The values are regressed on the standardised features, their squares and pairwise products:
    a quadratic surface, by least squares. Every prediction is out of sample: of five folds of
    whole documents, one is predicted by a fit on the others.

    ``r2 = 1 - sum (y - f)^2 / sum (y - m)^2`` over the paths of all rows, with value y, prediction
    f and m the mean of the values f was fitted on.

    A row's share is ``(mean f - mean f over real) / (mean y - mean y over real)``, f from fits
    that have seen no path of the row either, nor of rows like it: it is foretold by the others.
    There is none where the shift of the values is within two standard errors of 0, clustered by
    document. A share is what geometry could explain, not what it causes: rows that differ from
    real in the same hidden way, and in norm besides, teach the surface to foretell the one from
    the other.

    Paths with a NaN are dropped. A fit needs ten paths for each coefficient. The order of rows
    and of paths plays no part.

    Args:
        rows: by name, the paths of one cell; ``real`` must be among them.
        real: the row that the others are compared with.
        alike: by row, the rows made in nearly the same way, which are left out of the fit with
            it; ``real`` never is. Those not among ``rows`` play no part.

    Raises:
        ValueError: there is no such row, or rows differ in the number of features.
    """
    if real not in rows:
        raise ValueError(f"there is no row {real}; there are {', '.join(rows) or 'none'}")
    if len({facts.features.shape[1] for facts in rows.values()}) > 1:
        raise ValueError("every row must have the same features")
    pooled = _pool(rows)
    others = sorted(set(rows) - {real})
    lack = _lack(pooled, np.ones(len(pooled.rows), dtype=bool))
    if lack is not None:
        return Explained(None, {row: Share(None, reason=lack) for row in others}, lack)
    shares = {row: _share(pooled, row, real, {row, *alike.get(row, ())} - {real}) for row in others}
    return Explained(_r2(pooled), shares)


def folds(documents: Collection[str]) -> dict[str, int]:
    """The fold, 0 to 4, of each document: dealt out in the order of their names' SHA-256.

    Folds differ by one document at most, and which document goes where owes nothing to its text,
    its place or a seed.
    """
    dealt = sorted(set(documents), key=lambda name: (hashlib.sha256(name.encode()).digest(), name))
    return {name: place % FOLDS for place, name in enumerate(dealt)}


def _pool(rows: Mapping[str, PathFacts]) -> _Pooled:
    fold = folds([name for facts in rows.values() for name in facts.documents])
    names = sorted(rows)
    documents = [name for row in names for name in rows[row].documents]
    values = np.concatenate([rows[row].values for row in names])
    features = np.concatenate([rows[row].features for row in names])
    known = ~(np.isnan(values) | np.isnan(features).any(axis=1))
    return _Pooled(
        values=values[known],
        features=features[known],
        documents=np.array(documents, dtype=np.str_)[known],
        rows=np.repeat(names, [len(rows[row].values) for row in names])[known],
        folds=np.array([fold[name] for name in documents], dtype=np.int64)[known],
    )


def _lack(pooled: _Pooled, seen: NDArray[np.bool_]) -> str | None:
    """Why no fit can be made on the paths ``seen``; None if it can."""
    documents = len(np.unique(pooled.documents[seen]))
    if documents < FOLDS:
        return f"{documents} documents are too few for {FOLDS} folds"
    most = np.bincount(pooled.folds[seen]).max()
    paths, count = int(seen.sum() - most), pooled.features.shape[1]
    needed = PATHS_PER_TERM * (1 + count + count * (count + 1) // 2)
    if paths < needed:
        return f"{paths} paths are too few to fit on, {needed} are needed"
    if np.ptp(pooled.values[seen]) == 0:
        return "the values to fit on do not vary"
    return None


def _splits(
    pooled: _Pooled, seen: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Per fold: the paths to predict, and those of ``seen`` to fit on."""
    for fold in range(FOLDS):
        inside = pooled.folds == fold
        yield inside, seen & ~inside


def _r2(pooled: _Pooled) -> float:
    left = total = 0.0
    for inside, fitted in _splits(pooled, np.ones(len(pooled.rows), dtype=bool)):
        values = pooled.values[inside]
        left += float(np.sum((values - _predict(pooled, fitted, inside)) ** 2))
        total += float(np.sum((values - pooled.values[fitted].mean()) ** 2))
    return 1 - left / total


def _share(pooled: _Pooled, row: str, real: str, unseen: Collection[str]) -> Share:
    mine, reference = pooled.rows == row, pooled.rows == real
    if not mine.any() or not reference.any():
        without = real if mine.any() else row
        return Share(None, reason=f"every path of {without} lacks its value or a feature")
    seen = ~np.isin(pooled.rows, list(unseen))
    lack = _lack(pooled, seen)
    if lack is not None:
        return Share(None, reason=f"without the row, {lack}")
    wanted, predicted = mine | reference, np.zeros(len(pooled.rows))
    beyond = np.zeros(len(pooled.rows), dtype=bool)
    for inside, fitted in _splits(pooled, seen):
        asked = inside & wanted
        predicted[asked] = _predict(pooled, fitted, asked)
        beyond[asked] = _beyond(pooled.features[fitted], pooled.features[asked])
    extrapolated = float(beyond[mine].mean())
    shift, error = _shift(pooled, mine, reference)
    rounding = 1e-12 * float(np.abs(pooled.values[wanted]).max())
    if abs(shift) <= STANDARD_ERRORS * error + rounding:
        why = f"the shift from {real}, {shift:.3g}, is within {STANDARD_ERRORS:g} standard errors"
        return Share(None, extrapolated, f"{why} ({error:.3g}) of 0")
    foretold = float(predicted[mine].mean() - predicted[reference].mean())
    return Share(foretold / shift, extrapolated)


def _shift(
    pooled: _Pooled, mine: NDArray[np.bool_], reference: NDArray[np.bool_]
) -> tuple[float, float]:
    """Difference of the two means and its standard error, clustered by document."""
    values, sides = pooled.values, ((mine, 1.0), (reference, -1.0))
    shift = float(values[mine].mean() - values[reference].mean())
    names, document = np.unique(pooled.documents, return_inverse=True)
    pull = np.zeros(len(names))
    for side, sign in sides:
        apart = sign * (values[side] - values[side].mean()) / side.sum()
        np.add.at(pull, document[side], apart)
    clusters = len(np.unique(document[mine | reference]))
    if clusters < 2:
        return shift, math.inf
    return shift, math.sqrt(float(np.sum(pull**2)) * clusters / (clusters - 1))


def _predict(pooled: _Pooled, fitted: NDArray[np.bool_], asked: NDArray[np.bool_]) -> Floats:
    known = pooled.features[fitted]
    spread = known.std(axis=0)
    # A constant feature cannot be learnt from: an endless scale turns it into a column of zeros.
    scale = np.where(spread > _tolerance(known), spread, np.inf)
    centre, level = known.mean(axis=0), pooled.values[fitted].mean()
    surface = _surface((known - centre) / scale)
    weights = np.linalg.lstsq(surface, pooled.values[fitted] - level, rcond=1e-10)[0]
    predicted: Floats = level + _surface((pooled.features[asked] - centre) / scale) @ weights
    return predicted


def _surface(features: Floats) -> Floats:
    """One, each feature, each square and each product of two, ``[paths, terms]``."""
    first, second = np.triu_indices(features.shape[1])
    products = features[:, first] * features[:, second]
    return np.concatenate([np.ones((len(features), 1)), features, products], axis=1)


def _beyond(known: Floats, asked: Floats) -> NDArray[np.bool_]:
    """Whether a path of ``asked`` has a feature outside the range it mostly has in ``known``."""
    low, high = np.quantile(known, (TAIL, 1 - TAIL), axis=0)
    slack = _tolerance(known)
    outside: NDArray[np.bool_] = ((asked < low - slack) | (asked > high + slack)).any(axis=1)
    return outside


def _tolerance(features: Floats) -> Floats:
    size: Floats = np.abs(features).max(axis=0)
    return _SPREAD * size
