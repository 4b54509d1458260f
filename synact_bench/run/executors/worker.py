"""A worker: keeps what it opened, and measures the units it is given, one after the other."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from synact_bench.core.errors import PluginError, SynactError
from synact_bench.isolation import script
from synact_bench.results.record import CellIdentity, Record
from synact_bench.results.store import Cell
from synact_bench.run import runner
from synact_bench.run.executors.parcel import Parcel
from synact_bench.run.executors.task import OpenedFor, Task, WorkerMessage, installed_version
from synact_bench.run.failures import FailedRows
from synact_bench.run.plan import CellPlan, Entry
from synact_bench.run.roster import Roster
from synact_bench.run.session import Session

Tell = Callable[[WorkerMessage], object]


class Worker:
    """Measures tasks as a run in one process measures its plans: with ``runner.run``."""

    def __init__(self) -> None:
        self._opened: tuple[OpenedFor, Session] | None = None
        self._unpacked: tempfile.TemporaryDirectory[str] | None = None
        script.is_plugin()  # a script that asks for its own evaluation is not to start another run

    def measure(self, task: Task, tell: Tell) -> None:
        """Measure a task; cells are told one by one, ``done`` or ``failed`` last.

        Args:
            task: whose cells are missing.
            tell: brings messages to whoever gave it.
        """
        roster = Roster(task.limits)
        try:
            _refuse_other_version(task)
            entry = self._entry(task, roster)
            told = _Told(task, tell, opens=not self._has(task.opening))
            plans = [
                CellPlan(task.opening.testbed, entry, experiment, path, identity)
                for experiment, path, identity in task.cells
            ]
            session = partial(self._session, task.opening)
            failures = FailedRows({}, rows=())  # the first that fails is told at once
            runner.run(plans, told, session, told, failures=failures, notes=told)
        except SynactError as error:
            tell(WorkerMessage("failed", error))
        else:
            tell(WorkerMessage("done"))
        finally:
            roster.close()

    def _has(self, opening: OpenedFor) -> bool:
        return self._opened is not None and self._opened[0] == opening

    def _session(self, opening: OpenedFor) -> Session:
        """What is open, or opened now, once there is room for it.

        Raises:
            SynactError: it cannot be opened, for whatever reason: one that ended this process would
                be told of no more, and each further task would meet it again.
        """
        if self._opened is None or self._opened[0] != opening:
            self._opened = None
            gc.collect()  # an opened model is part of a cycle, and stays until it is looked for
            try:
                self._opened = opening, _prepared(opening)
            except SynactError:
                raise
            except Exception as error:
                raise SynactError(
                    f"cannot be opened by a worker: {type(error).__name__}: {error}",
                    where=f"testbed {opening.testbed.name!r}",
                    fix="make room for it, or measure it with --workers 1 to see more",
                ) from error
        return self._opened[1]

    def _unpack(self, parcel: Parcel) -> str:
        if self._unpacked is None:
            self._unpacked = tempfile.TemporaryDirectory(prefix="synact-worker-")
        return parcel.unpack(Path(self._unpacked.name))

    def _entry(self, task: Task, roster: Roster) -> Entry:
        """The row, whose generator must be what it was where the task was made.

        Raises:
            PluginError: it is not, or cannot be loaded.
        """
        if task.target is None:
            return Entry(task.row, None)
        target = task.target if task.parcel is None else self._unpack(task.parcel)
        found = [each for each in roster.entries([target]) if each.generator is not None]
        for refused in roster.refused.values():
            raise refused
        (entry,) = found
        if entry.identity != task.generator:
            raise PluginError(
                "is another on this worker: its source or its card differs",
                where=f"generator {task.row!r}",
                fix="start the run again, with the same plugin on every machine",
            )
        return entry


def _prepared(opening: OpenedFor) -> Session:
    return runner.prepare(
        opening.testbed,
        opening.preset,
        opening.seed,
        split=opening.split,
        precision=opening.precision,
        device=opening.device,
        also=opening.also,
    )


def _refuse_other_version(task: Task) -> None:
    """Refuse a task of another version of this package.

    Raises:
        SynactError: it is one.
    """
    if task.version != installed_version():
        raise SynactError(
            f"is {installed_version()}, {task.version} asks",
            where="synact-bench on this worker",
            fix="install the same version on every machine",
        )


@dataclass(frozen=True)
class _Told:
    """The place, progress and notes of a run, all of them told.

    Attributes:
        task: that is measured.
        tell: brings messages to whoever gave it.
        opens: whether its testbed is to be opened first: what was open already took no time.
    """

    task: Task
    tell: Tell
    opens: bool

    def found(self, identity: CellIdentity) -> Cell | None:
        return self.task.known.get(identity.stem)

    def write(self, record: Record, table: bytes) -> None:
        self.tell(WorkerMessage("cell", (record, table)))

    def preparing(self, what: str) -> None:
        if self.opens or not what.startswith("opening "):
            self.tell(WorkerMessage("preparing", what))

    def started(self, label: str) -> None:
        self.tell(WorkerMessage("started", label))

    def advanced(self, points: int) -> None:
        """Say nothing: whole cells are counted where they arrive."""

    def finished(self, cell: CellIdentity) -> None:
        """Say nothing more."""

    def left_out(self, cells: Iterable[CellIdentity]) -> None:
        """Say nothing: that the row failed is told."""

    def note(self, event: str, **facts: object) -> None:
        if self.opens or event != "opened":
            self.tell(WorkerMessage("note", (event, facts)))
