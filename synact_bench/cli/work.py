"""The requests that a run is made of, one a testbed or an SAE, and their units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from synact_bench.cli import across, custom, dictionaries, reconstructions, scored
from synact_bench.core.errors import SynactError
from synact_bench.core.experiments import RECONSTRUCTIONS
from synact_bench.run.opening import open_request
from synact_bench.run.options import RunOptions
from synact_bench.run.planned import PlannedTestbed
from synact_bench.run.request import Request
from synact_bench.run.shard import Shard
from synact_bench.run.units import Unit, chosen, units_of


@dataclass(frozen=True)
class RunCommand:
    """What ``synact-bench run`` is asked for.

    Attributes:
        options: without an SAE.
        saes: as ``--sae``.
        suite: as ``--suite``.
        track: as ``--track``.
    """

    options: RunOptions
    saes: Sequence[str] = ()
    suite: str | None = None
    track: str | None = None

    @property
    def on_each(self) -> list[RunOptions]:
        """The options of each testbed or SAE.

        Raises:
            SynactError: there is no such suite.
        """
        each = [replace(self.options, sae=sae) for sae in self.saes] or [self.options]
        if self.suite is not None:
            return across.of_suite(self.options, self.suite)
        return [scored.of_compositions(one) for one in each] if self._ranked else each

    @property
    def _ranked(self) -> bool:
        return len(self.saes) > 1 and self.track is None

    def requests(self, *, measures: bool = True) -> list[Request]:
        """What a run with the same options measures, testbed by testbed.

        Args:
            measures: whether facts that a testbed lacks are measured, and that is said; else
                nothing is opened.

        Raises:
            SynactError: as ``open_request``, or it is refused as that run would be.
        """
        opening: Callable[..., Request] = partial(open_request, measures=measures)
        if self.track is not None:
            reconstructions.refuse_controls(self.options)
            opening = partial(opening, experiments=RECONSTRUCTIONS, scaled=False)
        if measures:
            opening = partial(custom.opened, open_as=opening)
        if self._ranked:
            scored.refuse_own_seeds(self.options)
            return dictionaries.requests(self.on_each, open_as=opening)
        return [opening(each) for each in self.on_each]


def selected(
    requests: Sequence[Request], *, shard: Shard | None = None, ids: Sequence[str] | None = None
) -> list[tuple[Request, list[Unit]]]:
    """Units of some requests, stored or not, by request.

    Args:
        requests: of one run.
        shard: only its part.
        ids: only these, of that part.

    Raises:
        SynactError: an id is none of the run's, or a plugin cannot be loaded, without whose units
            the parts would be other ones than where it can.
    """
    units = [units_of(each.plans) for each in requests]
    refused = [each for request in requests for each in request.roster.refused.items()]
    if shard is not None and refused:
        target, error = refused[0]
        raise SynactError(
            f"would be another without {target}: {error}",
            where=f"--shard {shard.index}/{shard.count}",
            fix="leave it out of all shards, or make it load in all of them",
        )
    every = [unit for each in units for unit in each]
    if refused and {*(ids or ())} - {each.id for each in every}:
        target, error = refused[0]
        raise SynactError(
            f"names units that this run has not; {target} cannot be loaded: {error}",
            where="--units",
            fix="make it load, or leave its units out; give the options of the plan",
        )
    kept = set(every if ids is None else chosen(every, ids))
    if shard is not None:
        kept &= set(shard.of(every, [unit.points for unit in every]))
    return [
        (request, [unit for unit in each if unit in kept])
        for request, each in zip(requests, units, strict=True)
    ]


def planned_testbeds(asked: RunCommand, *, shard: Shard | None) -> list[PlannedTestbed]:
    """What each testbed of a run lacks; nothing is opened.

    Raises:
        SynactError: as ``run``, or a testbed lacks facts.
    """
    opened = asked.requests(measures=False)
    try:
        return [PlannedTestbed.of(*each) for each in selected(opened, shard=shard)]
    finally:
        for each in opened:
            each.roster.close()
