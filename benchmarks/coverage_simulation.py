"""Coverage, by simulation: how often a nominal 95 % interval holds what it is an interval of.

    python -m benchmarks.coverage_simulation [--sets 1000] [--paths 400]

Data sets are drawn from a population whose truth is known, and scored by the code that scores a
board. The truth of a distance is its mean over all data sets. Realism has a simulation of its own,
``benchmarks.energy_coverage``. Paths come in documents of one to six; a document and a base have
effects of their own, which all rows share in part, so that rows are paired and clustered as on a
board.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks import tables
from benchmarks.tables import Row, Table
from synact_bench.metrics import PathValues
from synact_bench.metrics.base import Floats
from synact_bench.scoring import CellName, Comparison, Estimate, MetricScore, Resampling
from synact_bench.scoring.sample import Sample

CELL = CellName("plateau", "scaled")
POSITIONS = (0.0, 0.1, 0.3, 0.6, 1.0, 1.5)
"""Of the rows, from real (0) to where the Gaussian is (1) and beyond."""
GAUSSIAN = 1.0
REGIMES = {"hard": "plateau_width", "easy": "kl_curve_gap"}
"""By regime, the metric that stands for it."""
POINTS = 3
"""Numbers a path that the easy metric compares."""
PAIRED = 0.3
"""Share of a path's own variance that all rows have in common for the same base."""
DRAWS = ("real", "draw-1", "draw-2", "draw-3", "draw-4")
"""Independent draws of real activations, as many as a board has."""
CORRELATIONS = (0.1, 0.4)

ENDS = ("lowest coverage", "mean", "highest")

Found = Mapping[tuple[str, float], MetricScore]
"""One data set's scores, by regime and position."""
Interval = tuple[float, float]


@dataclass(frozen=True)
class Population:
    """What data sets are drawn from.

    Attributes:
        paths: in a data set.
        correlation: of two paths in one document: the share of variance between documents.
        far: distance of the Gaussian from real by regime, in standard deviations of real.
        replicates: of the bootstrap.
    """

    paths: int
    correlation: float
    far: Mapping[str, float]
    replicates: int = 1000


def comparison(population: Population, *, rng: np.random.Generator) -> Comparison:
    """A data set."""
    documents = _documents(population.paths, rng=rng)
    far = np.array([population.far["hard"]] + [population.far["easy"]] * POINTS)

    def normal(places: NDArray[np.int64]) -> Floats:
        """The same numbers for equal places; those of the easy metric's points go together."""
        many = places[-1] + 1
        numbers = rng.standard_normal((many, 1 + POINTS))
        numbers[:, 1:] = (numbers[:, 1:] + rng.standard_normal((many, 1))) / np.sqrt(2)
        return numbers[places]

    bases = np.arange(population.paths)
    between, within = population.correlation, 1 - population.correlation
    shared = np.sqrt(between / 2) * normal(documents) + np.sqrt(within * PAIRED) * normal(bases)

    def row(position: float) -> Sample:
        own = np.sqrt(between / 2) * normal(documents)
        own += np.sqrt(within * (1 - PAIRED)) * normal(bases)
        numbers = position * far + (1 + 0.2 * position * far) * (shared + own)
        values = PathValues(numbers[:, 0], np.zeros(len(numbers), dtype=bool))
        names = tuple(map(str, documents))
        return Sample(bases, names, {REGIMES["hard"]: values}, {REGIMES["easy"]: numbers[:, 1:]})

    samples = {name: row(0.0) for name in DRAWS} | {"gaussian": row(GAUSSIAN)}
    samples |= {str(position): row(position) for position in POSITIONS}
    seed = int(rng.integers(2**31))
    return Comparison({CELL: samples}, DRAWS, seed)


def scored(population: Population, *, rng: np.random.Generator) -> Found:
    """Scores of a data set's rows."""
    drawn = comparison(population, rng=rng)
    resampling = Resampling.bootstrap(drawn.documents, rng=rng, replicates=population.replicates)
    scores = drawn.scores(resampling, rows=[str(position) for position in POSITIONS])
    return {
        (regime, position): scores[str(position)][CELL][metric]
        for regime, metric in REGIMES.items()
        for position in POSITIONS
    }


def coverage_rows(population: Population, sets: Sequence[Found]) -> list[Row]:
    """By regime and position, the share of data sets whose interval holds the truth.

    ``below`` and ``above`` are the shares whose interval the truth lies below or above. The
    difference is of distances, from that of the next position.
    """
    rows: list[Row] = []
    for regime in REGIMES:
        truth = _truths(regime, sets)
        after = dict(pairwise(POSITIONS))
        for position in POSITIONS:
            found = [each[regime, position] for each in sets]
            distance, below, above = _held((each.distance for each in found), truth[position])
            difference = None
            if position in after:
                other = after[position]
                differences = (_difference(each, regime, position, other) for each in sets)
                difference, *_ = _held(differences, truth[position] - truth[other])
            rows.append(
                {
                    "correlation": population.correlation,
                    "regime": regime,
                    "position": position,
                    "true distance": truth[position],
                    "distance": distance,
                    "below": below,
                    "above": above,
                    "difference": difference,
                }
            )
    return rows


def _documents(paths: int, *, rng: np.random.Generator) -> NDArray[np.int64]:
    """The document of each path, ascending: one to six paths each, the last one cut off."""
    sizes = rng.integers(1, 7, size=paths)
    return np.repeat(np.arange(paths), sizes)[:paths]


def _truths(regime: str, sets: Sequence[Found]) -> dict[float, float]:
    """Mean distances, by position."""
    return {
        position: float(np.mean([_distance(each[regime, position].distance) for each in sets]))
        for position in POSITIONS
    }


def _distance(estimate: Estimate | None) -> float:
    assert estimate is not None
    return estimate.value


def _difference(found: Found, regime: str, first: float, second: float) -> Estimate | None:
    one, other = (found[regime, position].distance for position in (first, second))
    return None if one is None or other is None else one - other


def _held(estimates: Iterator[Estimate | None], truth: float) -> tuple[float, float, float]:
    """Shares of intervals that hold the truth, that it lies below, and that it lies above."""
    intervals = [each.interval for each in estimates if each is not None]
    lows, highs = np.array([each for each in intervals if each is not None]).T
    below, above = float((truth < lows).mean()), float((truth > highs).mean())
    return 1 - below - above, below, above


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main(sets: int = 1000, paths: int = 400, seed: int = 0) -> None:
    """Print and keep how often the intervals of simulated data sets hold the truth."""
    rows: list[Row] = []
    for correlation in CORRELATIONS:
        population = Population(paths, correlation, {"hard": 0.35, "easy": 1.2})
        found = []
        for place in range(sets):
            rng = np.random.default_rng([seed, round(100 * correlation), place])
            found.append(scored(population, rng=rng))
        rows += coverage_rows(population, found)
    facts: Row = {"data sets": sets, "paths": paths}
    for quantity in ("distance", "difference"):
        shares = [each for row in rows if isinstance(each := row[quantity], float)]
        spread = (min(shares), float(np.mean(shares)), max(shares))
        ends = (f"{quantity}, {end}" for end in ENDS)
        facts = {**facts, **dict(zip(ends, spread, strict=True))}
    table = Table("coverage", "coverage of nominal 95 % intervals", rows, facts)
    table.write(tables.FOLDER)
    typer.echo(f"\n{table.title}\n\n{table.text}")


if __name__ == "__main__":
    app()
