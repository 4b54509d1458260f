"""Judge: in how many of 100 pairs a simple classifier tells a row's curve from a real one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.scoring.pair_sums import DocumentOrder

FOLDS = 10
RIDGE = 1.0
"""Of the mean variance, added to each: a fold has fewer documents than would settle all axes."""


@dataclass(frozen=True)
class Judgement:
    """What a judge made of pairs of a row's curve and a real one of the same base.

    Attributes:
        told: share of pairs in which the row's curve looks less real, 0 to 1: 0.5 cannot tell, 1
            always tells. The paired area under the ROC curve.
        error: its standard error over documents.
    """

    told: float
    error: float


def judgement(x: Floats, y: Floats, order: DocumentOrder, *, folds: int = FOLDS) -> Judgement:
    """Let a linear discriminant look at residuals and their squares.

    It learns on nine tenths of the documents what parts x from y and is asked about the others. The
    squares let it see a row that varies too much or too little about the right mean.

    Args:
        x: residuals of the row, ``[K, paths, features]``.
        y: of real, for the same bases: x_bk and y_bk are a pair.
        order: the paths by document.
        folds: the documents are parted into; each is left out once.

    Raises:
        ValueError: there are fewer documents than folds.
    """
    sizes = np.diff(order.ends, prepend=0)
    if len(sizes) < folds:
        raise ValueError(f"{len(sizes)} documents cannot be parted into {folds} folds")
    document = np.repeat(np.arange(len(sizes)), sizes)
    first, second = (_with_squares(each[:, order.paths]) for each in (x, y))
    won = np.empty(len(document))
    for fold in range(folds):
        asked = document % folds == fold
        direction = _discriminant(first[:, ~asked], second[:, ~asked])
        lead = (first[:, asked] - second[:, asked]) @ direction
        won[asked] = ((lead > 0) + 0.5 * (lead == 0)).mean(axis=0)
    told = float(won.mean())
    excess = np.bincount(document, weights=won - told)
    return Judgement(told, float(np.sqrt((excess**2).sum()) / len(won)))


def _with_squares(residuals: Floats) -> Floats:
    return np.concatenate([residuals, residuals**2], axis=-1)


def _discriminant(first: Floats, second: Floats) -> Floats:
    """Fisher's: the direction that parts the means most, in units of the spread within."""
    from scipy.linalg import solve  # noqa: PLC0415  (slow to load, and for this alone)

    one, two = (each.reshape(-1, each.shape[-1]) for each in (first, second))
    gap = one.mean(axis=0) - two.mean(axis=0)
    spread = np.sqrt((one.var(axis=0) + two.var(axis=0)) / 2)
    spread[spread == 0] = 1.0
    within = sum(np.cov((each / spread).T, bias=True) for each in (one, two)) / 2
    within = np.atleast_2d(within) + RIDGE * np.eye(len(gap))
    direction: Floats = solve(within, gap / spread, assume_a="pos") / spread
    return direction
