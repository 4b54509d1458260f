"""Executing: what requests lack, measured by workers, each cell stored as it arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from synact_bench.core.errors import PluginError, SynactError
from synact_bench.core.experiments import CONTROLS, LADDER
from synact_bench.results.journal import Notes
from synact_bench.run.executors.actors import Actors
from synact_bench.run.executors.dispatch import Workforce, dispatch
from synact_bench.run.executors.processes import Processes
from synact_bench.run.executors.task import OpenedFor, Task, WorkerMessage
from synact_bench.run.options import RunOptions
from synact_bench.run.plan import CellPlan
from synact_bench.run.progress import Progress
from synact_bench.run.request import Request
from synact_bench.run.units import units_of


@dataclass
class Lacking:
    """What one request lacks.

    Attributes:
        request: where it is stored.
        missing: the cells.
        notes: told what is done.
        failed: afterwards, why rows could not be measured, by name.
        stopped: afterwards, why the whole testbed could not be, if it could not.
    """

    request: Request
    missing: Sequence[CellPlan]
    notes: Notes
    failed: dict[str, PluginError] = field(default_factory=dict)
    stopped: SynactError | None = None

    def fail(self, row: str, error: SynactError) -> None:
        """A row failed, or one that others are compared with, or the testbed."""
        made = next(each.entry for each in self.missing if each.entry.name == row)
        compared = made.generator is None or row in {*CONTROLS, *LADDER}
        if compared or not isinstance(error, PluginError):
            self.stopped = self.stopped or error
        else:
            self.failed[row] = error
            self.notes.note("failed", row=row, error=str(error))


def pool(options: RunOptions, *, tasks: int) -> Workforce:
    """The workers that options ask for, no more than there are tasks.

    Raises:
        SynactError: they cannot be had.
    """
    size = max(1, min(options.workers, tasks))
    threads = max(1, torch.get_num_threads() // size)
    if options.executor == "ray":
        return Actors(size, address=options.address, gpus=options.gpus_per_worker, threads=threads)
    return Processes(size, threads=threads)


def execute(parts: Sequence[Lacking], progress: Progress) -> None:
    """Measure what some requests lack, and store it; each part says what failed of it.

    Args:
        parts: of requests with the same executor, each for another folder.
        progress: told of every cell that is stored.

    Raises:
        SynactError: there are no workers, or a cell cannot be stored.
    """
    options = parts[0].request.options
    ships = options.executor == "ray"
    tasks: list[Task] = []
    of: dict[OpenedFor, Lacking] = {}
    for part in parts:
        for unit in units_of(part.missing):
            try:
                tasks.append(Task.of(part.request, unit.plans, ships=ships))
            except PluginError as error:  # its files cannot be sent
                part.fail(unit.row, error)
                progress.left_out(each.identity for each in unit.plans)
                continue
            of[tasks[-1].opening] = part

    def hear(task: Task, message: WorkerMessage) -> None:
        _heard(of[task.opening], task.row, message, progress)

    if tasks:
        dispatch(tasks, pool(options, tasks=len(tasks)), hear)


def _heard(part: Lacking, row: str, message: WorkerMessage, progress: Progress) -> None:
    content: Any = message.content
    if message.kind == "preparing":
        progress.preparing(content)
    elif message.kind == "started":
        progress.started(content)
    elif message.kind == "note":
        event, facts = content
        part.notes.note(event, **facts)
    elif message.kind == "cell":
        record, table = content
        part.request.store.write(record, table)
        progress.finished(record.identity)
    elif message.kind == "failed":
        part.fail(row, content)
        progress.left_out(each.identity for each in part.missing if each.entry.name == row)
