"""Version 2 of the score on records: as on a board, and at other points of the path."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from benchmarks.version_records import Estimates, Records, Side, bias
from synact_bench.core.experiments import GAUSSIAN, REAL, WRONG_PROMPT
from synact_bench.reports.scored_cells import WANTED, ScoredCells
from synact_bench.rescoring.first_version import ZERO
from synact_bench.scoring import CellName, Estimate, Resampling
from synact_bench.scoring.curve_reference import CurveReference
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.curve_scale import measured_scale
from synact_bench.scoring.curve_scores import CurveScore, Energies, energies
from synact_bench.scoring.departure import departure, realism_of

Departures = Mapping[CellName, Mapping[str, Estimate]]
"""rho by cell, by row."""


def second_side(
    curves: ScoredCells,
    names: Collection[str],
    turns: Mapping[str, CurveScore],
    drawn: Resampling,
    half: Resampling,
) -> Side:
    """Version 2 of the rows called ``names``.

    Args:
        curves: of the rows.
        names: of them.
        turns: draws of real, each compared with the others.
        drawn: documents of each replicate.
        half: both halves of the documents, in turn.
    """
    found = curves.energies([*names, WRONG_PROMPT])
    gammas = {cell: scale.gamma for cell, scale in curves.scales.items()}
    whole, halves = (realisms(departures(found, gammas, each)) for each in (drawn, half))
    biases = [bias(each.energy) for score in turns.values() for each in score.cells.values()]
    return Side(whole, halves, biases)


def departures(
    found: Energies, gammas: Mapping[CellName, float], resampling: Resampling
) -> Departures:
    """rho of every row that was compared with real."""
    return {
        cell: {
            row: departure(energy.estimate(resampling), gammas[cell])
            for row, energy in rows.items()
        }
        for cell, rows in found.items()
    }


def realisms(found: Departures, cells: Collection[CellName] = WANTED) -> Estimates:
    """Realism over some cells, of each row that has all of them."""
    rows = {row for own in found.values() for row in own}
    known = {
        row: realism_of({cell: own[row] for cell, own in found.items() if row in own}, cells)
        for row in sorted(rows)
    }
    return {row: each.estimate for row, each in known.items() if each.estimate is not None}


def departures_at(
    records: Records, names: Collection[str], fractions: Sequence[float], drawn: Resampling
) -> Departures:
    """rho of some rows at other fractions of the path, on a scale of the two Gaussian draws.

    Args:
        records: with curves on the whole grid, which must hold ``fractions``.
        names: of the rows.
        fractions: points of the path, 0 to 1.
        drawn: documents of each replicate.
    """
    samples, references, gammas = {}, {}, {}
    for cell, rows in records.cells.items():
        curves = {
            row: CurveSample(each.table.base, each.table.document, each.table.curves)
            for row, each in rows.items()
        }
        real = [curves[draw] for draw in REAL]
        scale = measured_scale(real, [curves[draw] for draw in (ZERO, GAUSSIAN)], fractions)
        samples[cell] = {name: curves[name] for name in names}
        references[cell] = CurveReference.of(real, scale.units)
        gammas[cell] = scale.gamma
    return departures(energies(samples, references), gammas, drawn)
