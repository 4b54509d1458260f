"""Calibration: the frozen scale of a testbed's cells, from real and Gaussian draws."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import Tensor

from synact_bench.core.experiments import EXPERIMENTS, REAL, RELEASE_SEED, Experiment
from synact_bench.core.rng import stream
from synact_bench.generators.gaussian import Gaussian
from synact_bench.metrics import MetricSettings, events_of, metrics_for
from synact_bench.results.store import Cell
from synact_bench.run.session import Session
from synact_bench.run.swept import swept
from synact_bench.scoring import CellName, Comparison, Resampling, Sample
from synact_bench.scoring.curve_sample import CurveSample
from synact_bench.scoring.curve_scale import measured_scale
from synact_bench.scoring.estimate import mean
from synact_bench.scoring.sample import measure
from synact_bench.testbeds.scale import MetricScale, ScaleFacts
from synact_bench.testbeds.spec import Scaled

GAUSSIANS = tuple(f"gaussian-{draw}" for draw in range(1, 5))
"""Draws of Gaussian samples that stand for realism 0."""
REPLICATES = 500
"""Of the bootstrap behind the standard errors of named metrics."""


def scales(
    session: Session,
    testbed: Scaled,
    *,
    refined: int,
    stored: Mapping[tuple[str, CellName], Cell] = {},
) -> dict[str, ScaleFacts]:
    """Measure the scale of every cell that is scored.

    Args:
        session: an opened testbed and its prompts.
        testbed: the same with the lengths that paths and events need.
        refined: how many of them are swept on the whole grid, for the named metrics.
        stored: by row and cell, what is measured already, with the same prompts and seed: it is
            taken as it is, and not run.

    Returns:
        By ``experiment/path``.

    Raises:
        ValueError: the scale of a cell has no length.
    """
    rows = {name: session.design.draws[name] for name in REAL} | _gaussian(session)
    return {
        f"{experiment.name}/{path}": _facts(
            session, testbed, experiment, path, rows, refined=refined, stored=stored
        )
        for experiment in EXPERIMENTS.values()
        for path in experiment.paths
    }


def _gaussian(session: Session) -> dict[str, Tensor]:
    subject, found = session.subject, {}
    for name in GAUSSIANS:
        rng = stream(RELEASE_SEED, "calibration", name)
        made = Gaussian()
        made.fit(subject.train, subject.dictionary, rng=rng)
        found[name] = made.generate(len(session.design.native), rng=rng)
    return found


def _facts(
    session: Session,
    testbed: Scaled,
    experiment: Experiment,
    path: str,
    rows: dict[str, Tensor],
    *,
    refined: int,
    stored: Mapping[tuple[str, CellName], Cell],
) -> ScaleFacts:
    cell = CellName(experiment.name, path)
    documents = np.array(session.design.prompts.documents, dtype=object)
    found = {}
    for name, made in rows.items():
        if (name, cell) in stored:
            table = stored[name, cell].table
            found[name] = CurveSample(table.base, table.document, table.curves)
            continue
        kept, curves = swept(
            session, testbed, experiment, path, made, refined=refined, events=events_of(*cell)
        )
        bases = np.array(kept.rows, dtype=np.int64)
        found[name] = CurveSample(bases, tuple(documents[bases]), curves)
    scale = measured_scale([found[name] for name in REAL], [found[name] for name in GAUSSIANS])
    settings = MetricSettings(testbed.tau, testbed.absolute_length)
    first, second, third = scale.units.blocks
    whole = {name: _sample(each, cell, settings, refined=refined) for name, each in found.items()}
    return ScaleFacts(
        length=_short(scale.units.length),
        blocks=(_short(first), _short(second), _short(third)),
        draws=scale.draws,
        gamma=_short(scale.gamma),
        gamma_error=_short(scale.gamma_error),
        gaussians=scale.gaussians,
        bases=len(documents),
        metrics=_metrics(cell, whole) if refined else {},
    )


def _sample(
    found: CurveSample, cell: CellName, settings: MetricSettings, *, refined: int
) -> Sample:
    own = found.where(found.bases < refined)
    return measure(
        own.curves,
        bases=own.bases,
        documents=own.documents,
        metrics=metrics_for(*cell),
        settings=settings,
    )


def _metrics(cell: CellName, rows: dict[str, Sample]) -> dict[str, MetricScale]:
    """Those of which every draw of Gaussian samples has a distance from real."""
    comparison = Comparison({cell: rows}, REAL)
    resampling = Resampling.bootstrap(
        comparison.documents, rng=np.random.default_rng(RELEASE_SEED), replicates=REPLICATES
    )
    scores = comparison.scores(resampling, rows=GAUSSIANS)
    found = {}
    for name in metrics_for(*cell):
        each = [scores[draw][cell][name] for draw in GAUSSIANS]
        distances = [one.distance for one in each if one.distance is not None]
        floor, upper = each[0].d_floor, each[0].d_floor_upper
        if len(distances) < len(GAUSSIANS) or floor is None or upper is None:
            continue
        gaussian = mean(distances)
        error = gaussian.standard_error
        found[name] = MetricScale(
            gaussian=_short(gaussian.value),
            gaussian_error=None if error is None else _short(error),
            floor=_short(floor),
            floor_upper=_short(upper),
        )
    return found


def _short(value: float) -> float:
    """Five digits: more would differ between machines."""
    return float(f"{value:.5g}")
