"""Curve scores: realism@2 of every row, from curves at a few points and frozen scales."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from synact_bench.metrics.base import Floats
from synact_bench.scoring.cell_name import CellName
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.curve_scale import CurveScale
from synact_bench.scoring.departure import departure, disagree, overall_departure, realism_of
from synact_bench.scoring.each_row import THREADS, each_row
from synact_bench.scoring.energy import Energy
from synact_bench.scoring.estimate import Estimate
from synact_bench.scoring.realism import Realism
from synact_bench.scoring.resampling import Resampling
from synact_bench.scoring.swap_null import RealTest, Swaps, real_test, swapped


@dataclass(frozen=True, eq=False)
class CellScore:
    """One row in one cell.

    Attributes:
        n: paths compared.
        energy: E2, 0 on average for real.
        rho: ``sqrt(max(E2, 0) / Gamma)``.
        unscaled: ``1 - sqrt(H)``, H = E2 over ``2 mean |x - y|``: 1 real, 0 no pair alike.
        null: what E2 is for draws of real, ``[swaps]``.
        test: whether the row can be told from real in this cell; its limit is of rho.
    """

    n: int
    energy: Estimate
    rho: Estimate
    unscaled: float
    null: Floats
    test: RealTest

    def condensed(self) -> CellScore:
        """The same without replicates and null."""
        return replace(
            self,
            energy=self.energy.condensed(),
            rho=self.rho.condensed(),
            null=np.empty(0),
        )


@dataclass(frozen=True, eq=False)
class CurveScore:
    """One row.

    Attributes:
        cells: those that it has.
        overall: 1 - mean rho over the wanted cells, each experiment weighing the same.
        by_experiment: 1 - mean rho over each experiment's wanted cells.
        parts: 1 - mean rho of named groups of cells, such as paths of fixed length.
        disagree: whether parts lie significantly on different sides of the Gaussian.
        unscaled: ``1 - sqrt(H)``, averaged likewise; None without all wanted cells.
        test: whether the row can be told from real over all wanted cells; its limit is of
            rho_overall. None without all of them.
    """

    cells: Mapping[CellName, CellScore]
    overall: Realism
    by_experiment: Mapping[str, Realism]
    parts: Mapping[str, Realism]
    disagree: bool
    unscaled: float | None
    test: RealTest | None

    @property
    def worst(self) -> CellName | None:
        """The cell in which it is farthest from real; None where it has no cell."""
        return max(self.cells, key=lambda each: self.cells[each].rho.value, default=None)

    def condensed(self) -> CurveScore:
        """The same without replicates, except of the overall realism, which is averaged further."""
        return replace(
            self,
            cells={name: each.condensed() for name, each in self.cells.items()},
            by_experiment={name: each.condensed() for name, each in self.by_experiment.items()},
            parts={name: each.condensed() for name, each in self.parts.items()},
        )


def cell_score(
    energy: Energy, scale: CurveScale, *, resampling: Resampling, swaps: Swaps
) -> CellScore:
    """Score one row in one cell."""
    estimate = energy.estimate(resampling)
    rho = departure(estimate, scale.gamma)
    null = departure(Estimate(energy.value, swapped(energy, swaps)), scale.gamma).replicates
    return CellScore(
        n=int(energy.sizes.sum()),
        energy=estimate,
        rho=rho,
        unscaled=1 - float(np.sqrt(max(energy.share, 0.0))),
        null=null,
        test=real_test(rho.value, null),
    )


Energies = Mapping[CellName, Mapping[str, Energy]]
"""By cell, by name of the row."""


def energies(
    samples: Mapping[CellName, Mapping[str, CurveSample]],
    references: Mapping[CellName, CurveReference],
    *,
    threads: int = THREADS,
) -> dict[CellName, dict[str, Energy]]:
    """Compare rows with real; numbers do not depend on ``threads``.

    Raises:
        ValueError: a row has bases of fewer than two documents in common with real.
    """
    for cell in samples:
        references[cell].prepared()
    return each_row(lambda cell, row: references[cell].energy(row), samples, threads)


def scores_of(
    energies: Energies,
    scales: Mapping[CellName, CurveScale],
    *,
    resampling: Resampling,
    swaps: Swaps,
    wanted: Collection[CellName],
    parts: Mapping[str, Collection[CellName]] | None = None,
    threads: int = THREADS,
) -> dict[str, CurveScore]:
    """Score rows that were compared with real; numbers do not depend on ``threads``.

    An overall realism is of all ``wanted`` cells: a row cannot gain by lacking one. ``parts`` are
    groups of cells to average beside it, by name.
    """

    def scored(cell: CellName, energy: Energy) -> CellScore:
        return cell_score(energy, scales[cell], resampling=resampling, swaps=swaps)

    by_row: dict[str, dict[CellName, CellScore]] = {}
    for cell, rows in each_row(scored, energies, threads).items():
        for name, each in rows.items():
            by_row.setdefault(name, {})[cell] = each
    return {name: summed(cells, wanted, parts or {}) for name, cells in by_row.items()}


def summed(
    cells: Mapping[CellName, CellScore],
    wanted: Collection[CellName],
    parts: Mapping[str, Collection[CellName]],
) -> CurveScore:
    """One row's cells summed up."""
    rho = {cell: each.rho for cell, each in cells.items()}
    groups = {name: realism_of(rho, each) for name, each in parts.items()}
    experiments = sorted({each.experiment for each in wanted})
    whole = all(each in cells for each in wanted)
    unscaled, test = None, None
    if whole and wanted:
        unscaled = overall_departure(
            {each: Estimate(cells[each].unscaled) for each in wanted}
        ).value
        null = overall_departure({each: Estimate(0.0, cells[each].null) for each in wanted})
        value = overall_departure({each: rho[each] for each in wanted}).value
        test = real_test(value, null.replicates)
    return CurveScore(
        cells=cells,
        overall=realism_of(rho, wanted),
        by_experiment={
            name: realism_of(rho, [each for each in wanted if each.experiment == name])
            for name in experiments
        },
        parts=groups,
        disagree=disagree(groups.values()),
        unscaled=unscaled,
        test=test,
    )


def check_scale(reference: CurveReference, scale: CurveScale, cell: CellName) -> None:
    """Make sure that a scale belongs to a reference.

    Raises:
        ValueError: it was measured with another number of draws of real, or in other units.
    """
    draws = len(reference.features)
    if draws != scale.draws or reference.units != scale.units:
        raise ValueError(
            f"{cell.experiment}/{cell.path}: compared with {draws} draws of real in "
            f"{reference.units}, the scale was measured with {scale.draws} in {scale.units}"
        )
