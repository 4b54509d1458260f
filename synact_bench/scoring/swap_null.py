"""Swap null: what an energy distance would be if the row were one more draw of real.

Were it so, which of the row's path and a real one is which would not matter. They are swapped
document by document: paths of one document may depend on each other, in the row and in real, and
stay together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from synact_bench.metrics.base import Floats
from synact_bench.scoring.energy import Energy
from synact_bench.scoring.ranking import ALPHA

SWAPS = 2000


@dataclass(frozen=True, eq=False)
class Swaps:
    """In which documents the row is swapped with real: one choice for all cells and rows.

    Attributes:
        documents: column of ``signs`` by the document's id.
        signs: -1 swapped, 1 not, ``[swaps, documents]``.
    """

    documents: Mapping[str, int]
    signs: NDArray[np.float32]

    @classmethod
    def draw(
        cls, documents: Sequence[str], *, rng: np.random.Generator, swaps: int = SWAPS
    ) -> Swaps:
        """Each document swapped or not, with equal chances."""
        names = sorted(set(documents))
        signs = (2 * rng.integers(0, 2, size=(swaps, len(names))) - 1).astype(np.float32)
        return cls({name: column for column, name in enumerate(names)}, signs)


@dataclass(frozen=True)
class RealTest:
    """Whether a row can be told from real.

    Attributes:
        pvalue: chance of a departure as large or larger were the row a draw of real, above 0.
        limit: departure that a draw of real exceeds with a chance of 5 %.
    """

    pvalue: float
    limit: float
    derived: ClassVar[tuple[str, ...]] = ("indistinguishable",)

    @property
    def indistinguishable(self) -> bool:
        """Whether the row cannot be told from real at the 5 % level."""
        return self.pvalue >= ALPHA


def swapped(energy: Energy, swaps: Swaps) -> Floats:
    """E2 under each choice of swaps, ``[swaps]``.

    In each of the K comparisons, x_bk and y_bk trade places: the row's path with the k-th draw of
    its base, seen against the K - 1 others. For one k this is an exact permutation test; their mean
    is E2 with each pair of documents' share given a random sign, which has the variance of E2 under
    the null, and its distribution with many documents (the multiplier bootstrap of a degenerate
    U-statistic: Dehling and Mikosch, 1994). No distance is computed again.

    Raises:
        KeyError: a document is not among those swapped.
    """
    columns = [swaps.documents[name] for name in energy.documents]
    return energy.swapped(swaps.signs[:, columns])


def real_test(value: float, null: Floats) -> RealTest:
    """Where a value, larger being farther from real, lies in its null ``[swaps]``.

    Raises:
        ValueError: the null is empty.
    """
    if not len(null):
        raise ValueError("a null without swaps says nothing")
    pvalue = (1 + int((null >= value).sum())) / (1 + len(null))
    return RealTest(pvalue, float(np.quantile(null, 1 - ALPHA)))
