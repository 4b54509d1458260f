"""Resampling documents: what a distance would have been for other documents.

Paths of one document share its topic and words, so documents are drawn, not paths; a drawn document
brings its paths of every row, of the reference and of the Gaussian alike (paired, clustered).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit  # quantiles: scipy.stats takes a second to load

from synact_bench.metrics.base import Floats
from synact_bench.scoring.estimate import LEVEL

REPLICATES = 2000
FEWEST_DOCUMENTS = 20
"""Below it there are no replicates: so few clusters say too little about their own spread."""
NODES = 2048
"""Places, over all columns of a row, at which two distributions are compared in a replicate."""
MOST_NODES, FEWEST_NODES = 256, 32
"""Places in one column: every value of a small sample, some of a large one."""
GAPS = 8
"""One in so many of a large sample's places are a gap, which takes two of them."""
CHUNK = 100_000
"""Differences worked on at once, over some replicates: they stay in the processor's cache."""

Counts = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Resampling:
    """How often each document occurs in each replicate.

    Attributes:
        documents: column of ``counts`` by the document's id.
        counts: whole numbers, ``[replicates, documents]``.
        calibrated: whether replicates are spread about the value itself. True for a bootstrap;
            False where ``counts`` leave documents out and the replicate is what remains.
    """

    documents: Mapping[str, int]
    counts: Counts
    calibrated: bool

    @classmethod
    def bootstrap(
        cls, documents: Sequence[str], *, rng: np.random.Generator, replicates: int = REPLICATES
    ) -> Resampling:
        """As many documents as there are, drawn with replacement, ``replicates`` times.

        None are drawn from fewer than 20 documents.
        """
        columns = _columns(documents)
        many = len(columns)
        drawn = replicates if many >= FEWEST_DOCUMENTS else 0
        if not drawn:
            return cls(columns, np.empty((0, many), dtype=np.float32), calibrated=True)
        counts = rng.multinomial(many, np.full(many, 1 / many), size=drawn)
        return cls(columns, counts.astype(np.float32), calibrated=True)

    @classmethod
    def without_each(cls, documents: Sequence[str]) -> Resampling:
        """One replicate for each document: all the others."""
        columns = _columns(documents)
        return cls(columns, 1 - np.eye(len(columns), dtype=np.float32), calibrated=False)

    @classmethod
    def without(cls, documents: Sequence[str], left_out: Sequence[Sequence[str]]) -> Resampling:
        """One replicate for each set of documents to leave out."""
        columns = _columns(documents)
        counts = np.ones((len(left_out), len(columns)), dtype=np.float32)
        for row, names in zip(counts, left_out, strict=True):
            row[[columns[name] for name in names]] = 0
        return cls(columns, counts, calibrated=False)

    def of(self, documents: Sequence[str]) -> NDArray[np.int64]:
        """Columns of the documents that paths belong to, ``[paths]``.

        Raises:
            KeyError: a document is not among those resampled.
        """
        return np.array([self.documents[name] for name in documents], dtype=np.int64)

    def enough(self, columns: NDArray[np.int64]) -> bool:
        """Whether numbers of these documents have replicates: a bootstrap's need 20 of them.

        However many documents are drawn: numbers of fewer say too little about their own spread.
        """
        return not self.calibrated or len(np.unique(columns)) >= FEWEST_DOCUMENTS


@dataclass(frozen=True, eq=False)
class DocumentRows:
    """What is compared: rows of numbers and the document of each.

    Attributes:
        numbers: ``[paths, columns]``; NaN where undefined.
        documents: columns of a resampling's counts, ``[paths]``.
    """

    numbers: Floats
    documents: NDArray[np.int64]

    @property
    def known(self) -> NDArray[np.int64]:
        """Columns of the documents with a number, one for each path that has any."""
        return self.documents[~np.isnan(self.numbers).all(axis=1)]


def replicated(
    first: DocumentRows, second: DocumentRows, resampling: Resampling, value: float
) -> Floats:
    """Replicates of the Wasserstein-1 distance between two rows, mean over columns.

    The distance of two resampled rows holds the sampling noise twice, once as it came with the
    data and once from the resampling, so that near real a plain bootstrap ``w`` is all bias. A
    calibrated one has its median ``m`` at the observed distance ``d``: noise adds in squares, so a
    ``w`` above ``m`` becomes ``sqrt(w^2 - m^2 + d^2)``; one below becomes ``w d / m``, which is
    never negative. Far from real, where ``m`` is nearly ``d``, both change next to nothing.
    ``benchmarks/coverage_simulation.py`` measures how often the intervals hold the truth.

    Args:
        first: ``[paths, columns]``.
        second: as many columns.
        resampling: the documents of each replicate.
        value: the distance itself, for a calibrated resampling to be centred on.

    Returns:
        ``[replicates]``; NaN where a replicate leaves a column of either without a number. Empty
        where either has numbers of too few documents.
    """
    replicates = len(resampling.counts)
    if not (replicates and all(resampling.enough(each.known) for each in (first, second))):
        return np.empty(0)
    differences = _Differences(first, second, resampling)
    widened = _widening(differences.documents) if resampling.calibrated else 1.0
    step = max(1, CHUNK // differences.places)
    chunks = [
        differences.distances(slice(start, start + step), widened)
        for start in range(0, replicates, step)
    ]
    found = np.concatenate(chunks)
    return _centred(found, value) if resampling.calibrated else found


def _centred(distances: Floats, value: float) -> Floats:
    """Plain replicates made calibrated ones."""
    if np.isnan(distances).all():
        return distances
    middle = float(np.nanmedian(distances))
    below = distances * (value / middle) if middle > 0 else distances
    above = np.sqrt(np.maximum(distances**2 - middle**2 + value**2, 0))
    return np.where(distances > middle, above, below)


@cache
def _widening(documents: int) -> float:
    """How much wider an interval must be for being found from few documents.

    A bootstrap's variance lacks one document in ``documents``, and its quantiles are a normal's
    where Student's would be right.
    """
    tail = (1 - LEVEL) / 2
    student = float(stdtrit(documents - 1, tail) / ndtri(tail))
    return student * math.sqrt(documents / (documents - 1))


class _Differences:
    """Differences of two distribution functions, observed and resampled, at fixed nodes.

    Attributes:
        documents: that paths of either belong to; no other document of a board plays a part.
        places: nodes of all columns.
    """

    def __init__(self, first: DocumentRows, second: DocumentRows, resampling: Resampling) -> None:
        columns = first.numbers.shape[1]
        self._columns = columns
        used = np.union1d(first.documents, second.documents)
        first, second = (
            DocumentRows(each.numbers, np.searchsorted(used, each.documents))
            for each in (first, second)
        )
        whole = len(used) == resampling.counts.shape[1]
        self._counts = resampling.counts if whole else resampling.counts[:, used]
        self.documents = many = len(used)
        nodes = _nodes(first.numbers, second.numbers)
        self.places = nodes.size
        gaps = np.diff(nodes, append=nodes[:, -1:])
        self._gaps = (gaps / columns).ravel()
        parts = [_cumulative(rows, nodes, many) for rows in (first, second)]
        sizes = [_sizes(rows, many) for rows in (first, second)]
        times = max(1, len(first.numbers) // max(1, len(second.numbers)))
        if np.array_equal(sizes[0], times * sizes[1]):
            # Whole numbers below 2^24: the products are exact in float32, in whatever order.
            parts, sizes = [parts[0] - times * parts[1]], sizes[:1]
        self._parts = list(zip(parts, sizes, strict=True))
        self._observed = self._differences(np.ones((1, many), dtype=np.float32), 1.0)

    def distances(self, chunk: slice, widened: float) -> Floats:
        """Distances of a chunk of replicates, what resampling adds taken ``widened`` times."""
        differences = self._differences(self._counts[chunk], widened)
        if widened != 1:
            differences -= (widened - 1) * self._observed
        distances: Floats = np.abs(differences, out=differences) @ self._gaps
        return distances

    def _differences(self, counts: Counts, widened: float) -> Floats:
        """``widened`` times the differences, ``[replicates, columns * nodes]``."""
        found: Floats | None = None
        for cumulative, sizes in self._parts:
            totals = (counts @ sizes).astype(np.float64)
            below = (counts @ cumulative).reshape(len(counts), self._columns, -1)
            with np.errstate(invalid="ignore", divide="ignore"):  # without a number: 0 x inf, NaN
                scaled: Floats = below * (widened / totals)[:, :, None]
            found = scaled if found is None else found - scaled
        assert found is not None
        return found.reshape(len(counts), -1)


def _columns(documents: Sequence[str]) -> dict[str, int]:
    return {name: column for column, name in enumerate(sorted(set(documents)))}


def _nodes(first: Floats, second: Floats) -> Floats:
    """Sorted values of both, or a choice of them, ``[columns, nodes]``; never NaN.

    The choice is of quantiles and of the ends of the widest gaps: a value that stands for one at
    the other side of a gap is wrong by the whole gap.
    """
    pooled = np.sort(np.concatenate([first.T, second.T], axis=1))  # NaN comes last
    columns, many = pooled.shape
    last = np.maximum((~np.isnan(pooled)).sum(axis=1, keepdims=True), 1) - 1
    most = min(MOST_NODES, max(FEWEST_NODES, NODES // columns))
    if many <= most:
        places = np.repeat(np.arange(many)[None], columns, axis=0)
    else:
        widest = _widest(np.diff(pooled), most // GAPS)
        quantiles = np.linspace(0, 1, most - 2 * widest.shape[1]) * last
        places = np.concatenate([quantiles.round().astype(np.int64), widest, widest + 1], axis=1)
    chosen = np.take_along_axis(pooled, np.sort(np.minimum(places, last)), axis=1)
    nodes: Floats = np.nan_to_num(chosen)
    return nodes


def _widest(gaps: Floats, count: int) -> NDArray[np.int64]:
    """Places of the ``count`` widest gaps in each row, ``[rows, count]`` of ``[rows, gaps]``.

    Of gaps as wide as the narrowest that is taken, the first ones: on every processor the same.
    """
    known = np.nan_to_num(gaps, nan=-1.0)
    least = np.partition(known, -count)[:, [-count]]
    wider, level = known > least, known == least
    left = count - wider.sum(axis=1, keepdims=True)
    taken = wider | (level & (level.cumsum(axis=1) <= left))
    return np.nonzero(taken)[1].reshape(-1, count)


def _cumulative(rows: DocumentRows, nodes: Floats, documents: int) -> Counts:
    """How many values of each document lie at or below each node, ``[documents, columns * nodes]``.

    A value between two nodes counts at the upper one.
    """
    columns, many = nodes.shape
    counts = np.empty((documents, columns, many), dtype=np.float32)
    for column in range(columns):
        numbers = rows.numbers[:, column]
        kept = ~np.isnan(numbers)
        places = np.searchsorted(nodes[column], numbers[kept])
        flat = rows.documents[kept] * many + np.minimum(places, many - 1)
        found = np.bincount(flat, minlength=documents * many).reshape(documents, many)
        counts[:, column] = np.cumsum(found, axis=1)
    return counts.reshape(documents, -1)


def _sizes(rows: DocumentRows, documents: int) -> Counts:
    """How many defined values each document has in each column, ``[documents, columns]``."""
    sizes = np.zeros((documents, rows.numbers.shape[1]), dtype=np.float32)
    np.add.at(sizes, rows.documents, (~np.isnan(rows.numbers)).astype(np.float32))
    return sizes
