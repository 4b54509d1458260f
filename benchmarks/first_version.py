"""Version 1 of the score on records of its engine, with and without the noise of its scale."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.version_records import Estimates, Records, Side, bias
from synact_bench.core.experiments import HOLDOUT, REAL, WRONG_PROMPT
from synact_bench.reports.scored_cells import BOOTSTRAP_SEED
from synact_bench.rescoring.first_version import FIRST_WANTED, ZERO
from synact_bench.rescoring.version1 import FirstRealism, FirstScale, Realisms, overall
from synact_bench.scoring import CellName, Comparison, Estimate, Resampling, Sample
from synact_bench.scoring.curve_sample import wrong_places

Made = Callable[[FirstRealism, str], Realisms]
"""Realisms of a row."""


def first_sides(records: Records, drawn: Resampling, half: Resampling) -> tuple[Side, Side]:
    """Version 1 as it was published, and with its scale held fixed.

    Args:
        records: that it is defined for.
        drawn: documents of each replicate.
        half: both halves of the documents, in turn.
    """
    comparison = compared(records)
    names = [*records.names, WRONG_PROMPT]
    whole, halves = (FirstRealism(comparison, ZERO, each) for each in (drawn, half))
    plain = FirstRealism(comparison, ZERO, dataclasses.replace(drawn, calibrated=False))
    near = [
        distance
        for cell, rows in comparison.samples.items()
        for distance in plain.distances(cell, rows[HOLDOUT]).values()
    ]
    biases = [bias(each) for each in near if each is not None]
    published, held = (
        Side(_overalls(whole, names, made), _overalls(halves, names, made), biases)
        for made in (FirstRealism.realisms, scale_held)
    )
    return published, held


def compared(records: Records) -> Comparison:
    """Samples of every row, and of the wrong prompts: dealt as those of version 2 are."""
    samples = {}
    for cell, rows in records.cells.items():
        known = {row: each.sample for row, each in rows.items()}
        samples[cell] = {**known, WRONG_PROMPT: _dealt_wrong(known[HOLDOUT])}
    return Comparison(samples, REAL, seed=BOOTSTRAP_SEED)


def scale_held(first: FirstRealism, row: str) -> Realisms:
    """Realisms of a row, with the distance of Gaussian samples taken as known."""
    return {
        cell: _scale_held(first, cell, rows[row]) for cell, rows in first.comparison.samples.items()
    }


def _scale_held(first: FirstRealism, cell: CellName, row: Sample) -> dict[str, Estimate | None]:
    distances = first.distances(cell, row)
    found: dict[str, Estimate | None] = {}
    for name, scale in first.scales(cell, row).items():
        distance = distances[name]
        found[name] = None
        if scale is not None and distance is not None:
            found[name] = _fixed(scale).realism(distance)
    return found


def _fixed(scale: FirstScale) -> FirstScale:
    gaussian = scale.gaussian
    fixed = np.full(len(gaussian.replicates), gaussian.value)
    return FirstScale(Estimate(gaussian.value, fixed), scale.floor)


def _overalls(first: FirstRealism, names: Sequence[str], made: Made) -> Estimates:
    found = {name: overall(made(first, name), FIRST_WANTED) for name in names}
    return {name: each for name, each in found.items() if each is not None}


def _dealt_wrong(real: Sample) -> Sample:
    places = wrong_places(real.documents)
    documents = tuple(real.documents[place] for place in places)
    return dataclasses.replace(real, bases=real.bases[places], documents=documents)
