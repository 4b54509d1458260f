"""``synact-bench run`` of a part of its units, and what is made once before the parts."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from pathlib import Path

from synact_bench.cli.measuring import PRINTING, raise_failed
from synact_bench.cli.work import RunCommand, selected
from synact_bench.core.errors import FailedRowsError, SynactError
from synact_bench.run import planned
from synact_bench.run.logbook import prepared
from synact_bench.run.measuring import measure, measure_together
from synact_bench.run.plan import CellPlan, missing
from synact_bench.run.request import Request, sharing_passes
from synact_bench.run.shard import Shard

ALL = "(all)"
"""In the place of a row, where a testbed cannot be opened."""


def prepare(asked: RunCommand) -> None:
    """Make what all workers share: facts of each testbed, and activations of all of its text.

    Raises:
        SynactError: a testbed cannot be opened.
    """
    for request in sharing_passes(asked.requests()):
        name = request.testbed.name
        print(f"opening {name}: model, dictionary and prompts", flush=True)
        with prepared(request):
            session = request.session()
            if not request.reconstructs:  # of reconstructions no rule of copying is asked
                session.inspector.prepare()
        del session
        request.roster.close()
        gc.collect()  # an opened model is part of a cycle, and stays until it is looked for
        print(f"{request.folder}: ready to be measured", flush=True)


def run(asked: RunCommand, *, shard: Shard | None, units: Path | None) -> None:
    """Measure what is missing of some units; no board is made.

    A testbed that cannot be opened costs its own units alone.

    Args:
        asked: the whole run.
        shard: the part of it; None for all.
        units: a plan whose units are measured; None for all.

    Raises:
        FailedRowsError: units could not be measured; the others are.
        SynactError: as ``open_request``, the plan is none of this run, or nothing could be
            measured.
    """
    ids = None if units is None else planned.ids_in(units)
    chosen = [
        (request, part, [plan for unit in part for plan in unit.plans])
        for request, part in selected(asked.requests(), shard=shard, ids=ids)
        if part
    ]
    measure_together([(request, plans) for request, _, plans in chosen], PRINTING, shared=True)
    failed = {request.testbed.name: _failures(request, plans) for request, _, plans in chosen}
    stored = [
        not missing(unit.plans, request.store) for request, part, _ in chosen for unit in part
    ]
    print(f"\n{sum(stored)} of {len(stored)} units are stored; run again without --shard or")
    print("--units, or 'synact-bench board', for a board once all units are there")
    try:
        raise_failed(failed)
    except FailedRowsError as error:
        if any(stored):
            raise
        for name, why in error.failed.items():
            print(f"row {name} is not measured: {why}")
        raise SynactError(error.what, where=error.where, fix=error.fix) from error


def _failures(request: Request, plans: Iterable[CellPlan]) -> dict[str, SynactError]:
    """Why rows could not be measured, by name; the others are."""
    targets, refused = request.roster.targets, request.roster.refused
    wanted = [each for each in plans if targets.get(each.entry.name) not in refused]
    try:
        measure(wanted, request, PRINTING, shared=True)
    except FailedRowsError as error:
        return dict(error.failed)
    except SynactError as error:
        return {ALL: error}
    finally:
        gc.collect()
    return {}
