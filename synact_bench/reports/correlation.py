"""Correlation: does realism put rows in the order in which conventional measures put them?"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import (
    ConstantInputWarning,
    DegenerateDataWarning,
    bootstrap,
    rankdata,
    spearmanr,
)

from synact_bench.core.conventional import MEASURES, Measure
from synact_bench.core.errors import RecordError
from synact_bench.metrics.base import Floats
from synact_bench.reports.board import Board
from synact_bench.reports.comparable import BoardSetting
from synact_bench.reports.json_export import to_json
from synact_bench.results.record import Reported
from synact_bench.scoring import Estimate

Among = Literal["all", "methods"]
AMONG: tuple[Among, ...] = ("all", "methods")
"""``all`` rows of a board, or its ``methods``: those that are no controls."""
FEWEST = 5
"""Rows below which no correlation is told."""
RESAMPLES = 1000
SEED = 19040101
"""Of the rows drawn in each resample."""


@dataclass(frozen=True)
class PlacedRow:
    """A row on one testbed.

    Attributes:
        name: of the row.
        realism: place of its overall realism among those of the testbed, over their number.
        measure: place of what else is reported of it, likewise; higher is better.
    """

    name: str
    realism: float
    measure: float


@dataclass(frozen=True, eq=False)
class Correlation:
    """Of realism with one measure.

    Attributes:
        rows: pairs of a row and a testbed that it is over.
        rho: Spearman's rank correlation, 1 where realism and the measure call the same rows better,
            -1 where they call the opposite ones better; its interval is over rows. None where
            there is none.
        reason: why not.
    """

    rows: int
    rho: Estimate | None
    reason: str | None = None


@dataclass(frozen=True, eq=False)
class Correlations:
    """Of realism with every measure.

    Attributes:
        settings: of the testbeds, in the order in which they were given.
        by_testbed: by name of the testbed, rows that it is among, and measure.
        pooled: by rows and measure, over the places within all testbeds.
    """

    settings: tuple[BoardSetting, ...]
    by_testbed: Mapping[str, Mapping[Among, Mapping[str, Correlation]]]
    pooled: Mapping[Among, Mapping[str, Correlation]]

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, floats to 6 significant digits, equal bytes when equal."""
        return to_json(self)


def correlations(boards: Sequence[Board]) -> Correlations:
    """Compare the order by overall realism with that by each conventional measure.

    Rows with no overall realism, and those of which a measure is not known, are left out of it.

    Args:
        boards: one a testbed.

    Raises:
        RecordError: two are of one testbed, or no row of any has conventional measures.
    """
    names = [each.setting.name for each in boards]
    if len(set(names)) < len(names):
        raise RecordError(
            "two boards of one testbed", where=", ".join(names), fix="give cells of one measurement"
        )
    pairs = {
        each.setting.name: {
            among: {name: _pairs(each, measure, among) for name, measure in MEASURES.items()}
            for among in AMONG
        }
        for each in boards
    }
    if not any(row.name in board.conventional for board in boards for row in board.rows):
        raise RecordError(
            "no row has conventional measures",
            where=", ".join(names) or "the correlation",
            fix="'synact-bench run --preset standard' adds them to stored cells",
        )
    return Correlations(
        settings=tuple(each.setting for each in boards),
        by_testbed={
            testbed: {among: _each(own) for among, own in found.items()}
            for testbed, found in pairs.items()
        },
        pooled={
            among: _each(
                {
                    name: [one for found in pairs.values() for one in found[among][name]]
                    for name in MEASURES
                }
            )
            for among in AMONG
        },
    )


def _each(found: Mapping[str, Sequence[PlacedRow]]) -> dict[str, Correlation]:
    return {name: correlated(pairs) for name, pairs in found.items()}


def _pairs(board: Board, measure: Measure, among: Among) -> list[PlacedRow]:
    known: dict[str, tuple[float, float]] = {}
    for row in board.rows:
        own = board.conventional.get(row.name)
        found: Reported | None = None if own is None else getattr(own, measure.name)
        if found is None or row.realism.value is None or (among == "methods" and row.control):
            continue
        sign = 1 if measure.direction == "higher" else -1
        known[row.name] = (row.realism.value, sign * found.value)
    if not known:
        return []
    places = rankdata(list(known.values()), axis=0) / len(known)
    return [PlacedRow(name, *pair) for name, pair in zip(known, places.tolist(), strict=True)]


def correlated(pairs: Sequence[PlacedRow]) -> Correlation:
    """Spearman's correlation; its replicates draw rows, each with its places on every testbed."""
    names = sorted({each.name for each in pairs})
    if len(names) < FEWEST:
        return Correlation(len(pairs), None, f"{len(names)} rows, {FEWEST} are needed")
    numbers: Floats = np.array([(each.realism, each.measure) for each in pairs])
    if not np.ptp(numbers, axis=0).all():
        return Correlation(len(pairs), None, "all rows have one value")
    own = [np.flatnonzero([each.name == name for each in pairs]) for name in names]

    def rho(chosen: NDArray[np.int64]) -> float:
        rows = np.concatenate([own[place] for place in chosen])
        return float(spearmanr(*numbers[rows].T).statistic)

    with warnings.catch_warnings():  # a resample may hold one row alone: it counts as unknown
        warnings.simplefilter("ignore", ConstantInputWarning)
        warnings.simplefilter("ignore", DegenerateDataWarning)
        resampled = bootstrap(
            (np.arange(len(names)),),
            rho,
            n_resamples=RESAMPLES,
            vectorized=False,
            method="percentile",
            random_state=np.random.default_rng(SEED),
        )
    value = rho(np.arange(len(names)))
    return Correlation(len(pairs), Estimate(value, resampled.bootstrap_distribution))
