"""Coverage of version 2, by simulation: how often an interval holds what it is an interval of.

    python -m benchmarks.energy_coverage [--sets 400] [--documents 100]

Data sets are drawn from a population of prompts in documents of one to four; documents and bases
have effects of their own, which all rows share in part. The truth of E2 is its mean over data
sets, for it is unbiased; those of rho and of realism follow from it. Near real, rho has no
interval worth the name: there the swap null speaks, and the share it rejects is printed.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks import tables
from benchmarks.tables import Row, Table
from synact_bench.core.curves import SCORED, Curves
from synact_bench.scoring import Estimate, Resampling
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.curve_scale import measured_units
from synact_bench.scoring.departure import departure
from synact_bench.scoring.features import Units
from synact_bench.scoring.swap_null import Swaps, real_test, swapped

GRID = np.array([0.0, *SCORED])
POSITIONS = (0.0, 0.1, 0.25, 0.5, 1.0, 1.5)
"""Of the rows, from real (0) to where the Gaussian is (1) and beyond."""
FAR = 1.0
"""Of the Gaussian, in standard deviations of a base's own effect."""
DRAWS = 5

Found = dict[float, tuple[Estimate, float, float]]
"""By position: E2, bias of its replicates in standard errors, p-value of being real."""


class Population:
    """One data set: prompts in documents, with what all rows share for them."""

    def __init__(self, documents: int, correlation: float, *, rng: np.random.Generator) -> None:
        sizes = rng.integers(1, 5, size=documents)
        self._document: NDArray[np.int64] = np.repeat(np.arange(documents), sizes)
        self._correlation, self._rng = correlation, rng
        self._shared = rng.normal(size=(len(self._document), 2))

    @property
    def names(self) -> tuple[str, ...]:
        """The document of each base."""
        return tuple(f"{each:04d}" for each in self._document)

    def row(self, position: float) -> CurveSample:
        """A row: moved, and the more spread the farther."""
        rng, many = self._rng, len(self._document)
        common = rng.normal(size=(self._document[-1] + 1, 2))[self._document]
        own = np.sqrt(self._correlation) * common
        own += np.sqrt(1 - self._correlation) * rng.normal(size=(many, 2))
        effect = FAR * position + (1 + 0.3 * position) * own
        size = np.exp(0.5 * self._shared + 0.4 * effect)
        wiggle = np.exp(0.15 * rng.normal(size=(2, many, len(GRID))))
        l2 = 100 * size[:, :1] * GRID**1.5 * wiggle[0]
        kl = size[:, 1:] * GRID**2 * wiggle[1]
        curves = Curves(GRID, l2.astype(np.float32), kl.astype(np.float32))
        return CurveSample(np.arange(many), self.names, curves)


def found(documents: int, correlation: float, *, units: Units, rng: np.random.Generator) -> Found:
    """One data set, scored."""
    population = Population(documents, correlation, rng=rng)
    reference = CurveReference.of([population.row(0.0) for _ in range(DRAWS)], units)
    resampling = Resampling.bootstrap(population.names, rng=rng, replicates=1000)
    swaps = Swaps.draw(population.names, rng=rng, swaps=500)
    scores = {}
    for position in POSITIONS:
        energy = reference.energy(population.row(position))
        estimate = energy.estimate(resampling)
        bias = (estimate.replicates.mean() - energy.value) / estimate.replicates.std()
        pvalue = real_test(energy.value, swapped(energy, swaps)).pvalue
        scores[position] = (estimate, float(bias), pvalue)
    return scores


def frozen(documents: int, correlation: float) -> Units:
    """Units of the population, from one large data set."""
    rng = np.random.default_rng([1, documents])
    large = Population(5 * documents, correlation, rng=rng)
    return measured_units([large.row(0.0) for _ in range(DRAWS)])


def coverage_rows(documents: int, correlation: float, sets: list[Found]) -> list[Row]:
    """By position, the shares of data sets whose intervals hold the truth."""
    truth = {place: float(np.mean([each[place][0].value for each in sets])) for place in POSITIONS}
    gamma, after = truth[1.0], dict(pairwise(POSITIONS))
    rows: list[Row] = []
    for place in POSITIONS:
        energies = [each[place][0] for each in sets]
        rho = [departure(each, gamma) for each in energies]
        true = float(np.sqrt(max(truth[place], 0) / gamma))
        difference = None
        if place in after:
            other = after[place]
            apart = true - float(np.sqrt(max(truth[other], 0) / gamma))
            pairs = [departure(each[other][0], gamma) for each in sets]
            difference = _held([a - b for a, b in zip(rho, pairs, strict=True)], apart)
        rows.append(
            {
                "documents": documents,
                "correlation": correlation,
                "position": place,
                "true rho": true,
                "E2": _held(energies, truth[place]),
                "rho": _held(rho, true),
                "difference": difference,
                "bias, s.e.": float(np.mean([each[place][1] for each in sets])),
                "told from real": float(np.mean([each[place][2] < 0.05 for each in sets])),
            }
        )
    return rows


def _held(estimates: list[Estimate], truth: float) -> float:
    intervals = np.array([each.interval for each in estimates])
    return float(((intervals[:, 0] <= truth) & (truth <= intervals[:, 1])).mean())


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main(sets: int = 400, documents: int = 100, seed: int = 0) -> None:
    """Print and keep how often the intervals of simulated data sets hold the truth."""
    rows: list[Row] = []
    for correlation in (0.1, 0.4):
        units = frozen(documents, correlation)
        scored = [
            found(
                documents,
                correlation,
                units=units,
                rng=np.random.default_rng([seed, round(100 * correlation), place]),
            )
            for place in range(sets)
        ]
        rows += coverage_rows(documents, correlation, scored)
    table = Table("energy-coverage", "coverage of nominal 95 % intervals", rows, {"sets": sets})
    table.write(tables.FOLDER)
    typer.echo(f"\n{table.title}\n\n{table.text}")


if __name__ == "__main__":
    app()
