"""Samples for the tests of scoring: small, and with numbers that are easy to check."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from synact_bench.metrics import METRICS, PathMetric, PathValues, SetMetric
from synact_bench.scoring import CellName, Comparison, Sample

PATH_NAMES = [name for name, each in METRICS.items() if isinstance(each, PathMetric)]
SET_NAMES = [name for name, each in METRICS.items() if isinstance(each, SetMetric)]
CELLS = (CellName("sensitivity", "relative"), CellName("plateau", "scaled"))
REAL = ("real", "draw-1", "draw-2", "draw-3")
GAUSSIAN = "gaussian"


def sample(
    values: ArrayLike,
    *,
    censored: ArrayLike | None = None,
    log_kl: ArrayLike = 0.0,
    documents: Sequence[str] | None = None,
    bases: ArrayLike | None = None,
) -> Sample:
    """The same numbers for every metric; each path a base and a document of its own.

    ``log_kl``, the rows of metrics of sets, is one level for all curves, one for each path, or the
    curves.
    """
    row = np.asarray(values, dtype=np.float64)
    marks = np.isnan(row) if censored is None else np.asarray(censored, dtype=bool)
    curves = np.asarray(log_kl, dtype=np.float64)
    if curves.ndim < 2:
        curves = np.repeat(np.broadcast_to(curves, len(row))[:, None], 3, axis=1)
    places = np.arange(len(row)) if bases is None else np.asarray(bases)
    names = [f"d{place}" for place in places] if documents is None else documents
    values_by_name = dict.fromkeys(PATH_NAMES, PathValues(row, marks))
    rows_by_name = dict.fromkeys(SET_NAMES, curves)
    return Sample(places.astype(np.int64), tuple(names), values_by_name, rows_by_name)


def clustered(
    shifts: Mapping[str, float],
    *,
    rng: np.random.Generator,
    documents: int = 30,
    paths: int = 2,
    correlation: float = 0.3,
) -> dict[str, Sample]:
    """Rows about 10 plus their shift, standard deviation 1, some of it common to a document.

    Half of what a document, and half of what a base adds is the same in all rows.
    """
    place = np.repeat(np.arange(documents), paths)
    parts = (np.sqrt(correlation / 2), np.sqrt((1 - correlation) / 2))

    def noise() -> np.ndarray:
        common, own = rng.normal(size=documents)[place], rng.normal(size=len(place))
        return parts[0] * common + parts[1] * own

    shared = noise()
    names = [f"d{number:03d}" for number in place]
    rows = {name: 10 + shift + shared + noise() for name, shift in shifts.items()}
    return {
        name: sample(numbers, log_kl=numbers, documents=names) for name, numbers in rows.items()
    }


def compared(
    shifts: Mapping[str, float],
    *,
    rng: np.random.Generator,
    documents: int = 30,
    paths: int = 2,
    seed: int = 0,
    cells: Sequence[CellName] = CELLS,
) -> Comparison:
    """Clustered rows in each cell, beside real ones and the Gaussian at 3."""
    everyone = dict.fromkeys(REAL, 0.0) | {GAUSSIAN: 3.0}
    samples = {
        cell: clustered(everyone | dict(shifts), rng=rng, documents=documents, paths=paths)
        for cell in cells
    }
    return Comparison(samples, REAL, seed)


def of_documents(board: Comparison, documents: Collection[str]) -> Comparison:
    """The same on the paths of some documents alone."""
    samples = {
        cell: {
            name: each.where(np.isin(each.documents, [*documents])) for name, each in rows.items()
        }
        for cell, rows in board.samples.items()
    }
    return Comparison(samples, board.real, board.seed)


def without_a_step(board: Comparison) -> Comparison:
    """The same with sharpnesses of about 1.2 where numbers were about 10: a step is 1.5 or more."""
    samples = {
        cell: {
            name: sample(
                np.maximum(each.rows["kl_curve_gap"][:, 0] - 8.8, 1.0),
                log_kl=each.rows["kl_curve_gap"],
                documents=each.documents,
            )
            for name, each in rows.items()
        }
        for cell, rows in board.samples.items()
    }
    return dataclasses.replace(board, samples=samples)
