"""Tasks: units of work as they are sent to a worker, and what it sends back."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from synact_bench.core.experiments import Experiment, Preset
from synact_bench.core.precision import Precision
from synact_bench.isolation import script
from synact_bench.isolation.limits import Limits
from synact_bench.results.record import CellIdentity, GeneratorIdentity, Split
from synact_bench.results.store import Cell
from synact_bench.run.executors.parcel import Parcel
from synact_bench.run.plan import CellPlan
from synact_bench.run.request import Request
from synact_bench.testbeds.spec import Testbed


def installed_version() -> str:
    """Of this package."""
    return importlib.metadata.version("synact-bench")


@dataclass(frozen=True, eq=False)
class OpenedFor:
    """What a worker opens and keeps open: the same for all rows of a request."""

    testbed: Testbed
    preset: Preset
    seed: int
    split: Split
    precision: Precision
    device: str
    also: Sequence[str] = ()

    @cached_property
    def _key(self) -> tuple[object, ...]:
        named = self.testbed.name, self.testbed.digest, self.preset
        return (*named, self.seed, self.split, self.precision, self.device)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OpenedFor) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @classmethod
    def of(cls, request: Request) -> OpenedFor:
        """What a request's cells share."""
        return cls(
            request.testbed,
            request.preset,
            request.seed,
            request.split,
            request.options.precision,
            request.options.device,
            request.also,
        )


@dataclass(frozen=True, eq=False)
class Task:
    """The cells of a unit that are to be measured.

    Attributes:
        opening: what they share with others.
        row: its name.
        generator: what it must be where it is measured, the digest of a plugin's source included.
        target: by which it is found there; None for a row that the design draws.
        cells: experiment, path and identity of each.
        known: the same cells, by stem, of which fewer points or measures are stored.
        parcel: a plugin's files, for a worker that may not have them.
        limits: of plugins.
        version: of this package.
    """

    opening: OpenedFor
    row: str
    generator: GeneratorIdentity
    target: str | None
    cells: tuple[tuple[Experiment, str, CellIdentity], ...]
    limits: Limits
    known: Mapping[str, Cell] = field(default_factory=dict)
    parcel: Parcel | None = None
    version: str = field(default_factory=installed_version)

    @classmethod
    def of(cls, request: Request, plans: Sequence[CellPlan], *, ships: bool) -> Task:
        """The task of some cells of one row.

        Args:
            request: that they are of.
            plans: at least one.
            ships: whether a plugin's files go with it.

        Raises:
            PluginError: a plugin's files cannot be read.
        """
        entry = plans[0].entry
        target = None
        if entry.generator is not None:
            target = script.elsewhere(request.roster.targets[entry.name])
        plugin = target is not None and bool(entry.identity.source_digest)
        known = {each.identity.stem: request.store.found(each.identity) for each in plans}
        return cls(
            opening=OpenedFor.of(request),
            row=entry.name,
            generator=entry.identity,
            target=target,
            cells=tuple((each.experiment, each.path, each.identity) for each in plans),
            limits=request.options.limits,
            known={stem: cell for stem, cell in known.items() if cell is not None},
            parcel=Parcel.of(target) if ships and plugin and target is not None else None,
        )


class WorkerMessage(NamedTuple):
    """What a worker says.

    Attributes:
        kind: ``preparing``, ``started`` or ``note`` as of a run's progress and notes; ``cell``, a
            record and its table; ``done`` or ``failed``, which end a task; or ``lost``, said for a
            worker that is no more.
        content: of the kind.
    """

    kind: str
    content: Any = None
