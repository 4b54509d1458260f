"""Dispatch: tasks given to workers that ask for them, wherever these are.

A worker is given tasks of the testbed that it has open, as long as there are any. A task whose
worker is lost is given to another, once; so is one whose testbed a worker cannot open, if another
opened it, is about to, or may have what that one lacks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from synact_bench.core.errors import PluginError, SynactError
from synact_bench.run.executors.task import OpenedFor, Task, WorkerMessage

ATTEMPTS = 2
"""How often a task is given to a worker: one that is lost twice is likely to be at fault. So is a
testbed that two workers of different machines cannot open."""


class Workforce(Protocol):
    """Workers of one kind."""

    size: int
    """How many there may be at once."""
    alike: bool
    """Whether all are of one machine: what one lacks there the others lack too, except room."""

    def start(self) -> Hashable:
        """A new worker, which waits for its first task."""

    def give(self, worker: Any, task: Task) -> None:
        """Let a waiting worker measure a task."""

    def heard(self) -> Sequence[tuple[Hashable, WorkerMessage]]:
        """What busy workers say next; waits until one does. ``lost`` is the last of a worker."""

    def end(self, worker: Any) -> None:
        """End a waiting worker: what it holds may be what another waits for."""

    def close(self) -> None:
        """End all workers."""


Hear = Callable[[Task, WorkerMessage], None]


def dispatch(tasks: Sequence[Task], pool: Workforce, hear: Hear) -> None:
    """Let workers measure tasks; all are measured or told as failed when this returns.

    A testbed that cannot be opened costs its tasks alone; a worker that cannot open what another
    can costs no task, unless it was lost before.

    Args:
        tasks: each of a row of its own on its testbed; those of the same opening one after another.
        pool: of workers, which are started as they are needed, and ended.
        hear: told what the worker of a task says; ``lost`` becomes ``failed`` or nothing.

    Raises:
        SynactError: as ``hear`` or ``pool``.
    """
    try:
        _Dispatch(tasks, pool, hear).run()
    finally:
        pool.close()


class _Dispatch:
    def __init__(self, tasks: Sequence[Task], pool: Workforce, hear: Hear) -> None:
        self._waiting = list(tasks)
        self._pool, self._hear = pool, hear
        self._busy: dict[Hashable, Task] = {}
        self._open: dict[Hashable, OpenedFor] = {}
        self._attempts: Counter[tuple[str, str]] = Counter()
        self._closed: set[tuple[Hashable, OpenedFor]] = set()  # which worker cannot open what
        self._opened: set[tuple[Hashable, OpenedFor]] = set()  # and which can

    def run(self) -> None:
        """Start as many workers as have something to do, and listen until nothing is left."""
        while self._waiting and len(self._busy) < self._pool.size:
            self._give(self._pool.start())
        while self._busy:
            for worker, message in self._pool.heard():
                self._said(worker, message)
            self._staff()

    def _said(self, worker: Hashable, message: WorkerMessage) -> None:
        task = self._busy[worker]
        if message.kind == "cell":
            # What is stored is not measured again if the worker is lost.
            stem = message.content[0].identity.stem
            cells = tuple(each for each in task.cells if each[2].stem != stem)
            self._busy[worker] = replace(task, cells=cells)
            self._opened.add((worker, task.opening))
        if message.kind == "lost":
            self._lost(worker, str(message.content))
            return
        if message.kind == "failed" and not isinstance(message.content, PluginError):
            self._cannot(worker, message)
            return
        self._hear(task, message)
        if message.kind in {"done", "failed"}:
            del self._busy[worker]
            self._give(worker)

    def _cannot(self, worker: Hashable, message: WorkerMessage) -> None:
        """Let another open what a worker cannot, if another may be able to."""
        task = self._busy.pop(worker)
        opening = task.opening
        self._closed.add((worker, opening))
        able = any(
            other.opening == opening or (each, opening) in self._opened
            for each, other in self._busy.items()
        )
        refusals, could = (
            sum(each == opening for _, each in known) for known in (self._closed, self._opened)
        )
        if able:  # what others are good for is no fault of the task
            self._attempts[_key(task)] -= 1
            self._again(task, str(message.content))
        elif refusals < (1 if self._pool.alike and not could else ATTEMPTS):
            self._again(task, str(message.content))
        else:
            self._hear(task, message)
            self._drop(opening, message.content)
        self._give(worker)

    def _lost(self, worker: Hashable, how: str) -> None:
        """Measure what is left of a lost worker's task in another."""
        task = self._busy.pop(worker)
        self._open.pop(worker, None)
        if not task.cells:
            self._hear(task, WorkerMessage("done"))
        else:
            self._again(task, how)
        if self._waiting:
            self._give(self._pool.start())

    def _again(self, task: Task, why: str) -> None:
        """Let a task wait for another worker; it fails where it had enough of them."""
        if self._attempts[_key(task)] < ATTEMPTS:
            self._hear(task, WorkerMessage("note", ("lost", {"row": task.row, "error": why})))
            self._waiting.insert(0, task)
            return
        error = PluginError(
            f"{ATTEMPTS} workers could not measure it: {why}",
            where=f"row {task.row!r}",
            fix="give workers more memory, or measure it with --workers 1 to see why",
        )
        self._hear(task, WorkerMessage("failed", error))

    def _staff(self) -> None:
        """Start workers for tasks that none at work can open, as far as there may be more."""
        while len(self._busy) < self._pool.size and any(map(self._stranded, self._waiting)):
            self._give(self._pool.start())

    def _stranded(self, task: Task) -> bool:
        return all((each, task.opening) in self._closed for each in self._busy)

    def _drop(self, opening: OpenedFor, error: SynactError) -> None:
        """Tell that the other tasks of a testbed fail for the same reason."""
        dropped = [each for each in self._waiting if each.opening == opening]
        self._waiting = [each for each in self._waiting if each.opening != opening]
        for each in dropped:
            self._hear(each, WorkerMessage("failed", error))

    def _give(self, worker: Hashable) -> None:
        """Give a worker its next task; end it if there is none that it can open."""
        able = [each for each in self._waiting if (worker, each.opening) not in self._closed]
        if not able:
            self._open.pop(worker, None)
            self._pool.end(worker)
            return
        task = self._next(able, self._open.get(worker))
        self._waiting.remove(task)
        self._attempts[_key(task)] += 1
        self._busy[worker], self._open[worker] = task, task.opening
        self._pool.give(worker, task)

    def _next(self, able: Sequence[Task], opened: OpenedFor | None) -> Task:
        """A task of what is open, or of the testbed with most left for each worker that has it."""
        own = [each for each in able if each.opening == opened]
        if own:
            return own[0]

        def load(task: Task) -> float:
            left = sum(each.opening == task.opening for each in self._waiting)
            workers = sum(each == task.opening for each in self._open.values())
            return left / (1 + workers)

        return max(able, key=load)  # of equal ones the first


def _key(task: Task) -> tuple[str, str]:
    return task.opening.testbed.digest, task.row
