"""Sweeping: the paths of one cell through the model."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection

from torch import Tensor

from synact_bench import paths
from synact_bench.core.curves import SCORED, Curves, joined
from synact_bench.core.experiments import Experiment
from synact_bench.engine.refinement import Sought
from synact_bench.metrics import Event
from synact_bench.run.endpoints import Endpoints, ends
from synact_bench.run.session import Session
from synact_bench.testbeds.spec import Scaled


def swept(
    session: Session,
    testbed: Scaled,
    experiment: Experiment,
    path: str,
    made: Tensor,
    *,
    refined: int,
    events: Collection[Event],
    known: Callable[[Endpoints], Curves | None] = lambda _: None,
    advance: Callable[[int], object] = lambda _: None,
) -> tuple[Endpoints, Curves]:
    """Place activations and run their paths.

    Args:
        session: what cells of one run share.
        testbed: what is probed, with the lengths that paths and events need.
        experiment: says which end the activations are.
        path: name of the path.
        made: the activations, ``[bases, d_model]``.
        refined: how many bases, the first, are swept on the whole grid; the others at the scored
            fractions alone.
        events: what on a refined curve is looked for; all points are run where there are none.
        known: curves of the same paths that are there already.
        advance: told the number of points done.

    Returns:
        The ends of the paths, and their curves.
    """
    design = session.design
    found = ends(experiment, path, made, design)
    along = paths.build(
        path,
        found.base,
        found.target,
        real_target=found.real_target,
        gaussian=found.gaussian,
        isotropic=found.isotropic,
        length=testbed.absolute_length,
        median_norm=design.median_norm,
        centre=design.mean,
    )
    before = known(found)
    grid = design.fractions
    # Paths stand in the order of their bases.
    whole = bisect_left(found.rows, refined)
    first, others = slice(whole), slice(whole, None)
    curves = session.sweeper.curves(
        found.rows[first],
        along[first],
        grid,
        sought=Sought.of(events, tau=testbed.tau, always=SCORED),
        known=None if before is None else before[first],
        advance=advance,
    )
    if whole == len(found.rows):
        return found, curves
    points = grid[[0, *(round(each * (len(grid) - 1)) for each in SCORED)]]
    sparse = session.sweeper.curves(
        found.rows[others],
        along[others],
        points,
        known=None if before is None else before[others].at(points.tolist()),
        advance=advance,
    )
    return found, joined(curves, sparse)
