"""Workers on this machine: a process each, which this one talks to over a pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe, wait

from synact_bench.core.errors import SynactError
from synact_bench.core.parent import end_with
from synact_bench.isolation.limits import AVAILABLE
from synact_bench.isolation.processes import search_path
from synact_bench.run.executors.task import Task, WorkerMessage

_START = (  # with modules from where the run has them, and no script run again; an interrupted run
    # ends its workers itself
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.path[:] = sys.argv[3:]; "
    "from synact_bench.run.executors.processes import serve; serve(*map(int, sys.argv[1:3]))"
)
GRACE = 5.0
"""Seconds in which a worker that hung up ends."""
TICK = 1.0
"""Seconds between two looks whether workers that say nothing are still there."""


class Processes:
    """Worker processes of this one, which end with it.

    Args:
        size: how many there may be at once.
        threads: of each.

    Attributes:
        alike: as all are of this machine.

    Raises:
        SynactError: this system lacks what they need.
    """

    alike = True

    def __init__(self, size: int, *, threads: int) -> None:
        if not AVAILABLE:
            raise SynactError(
                "need a system with Unix pipes",
                where="--workers",
                fix="drop it, and run shards in several terminals instead",
            )
        self.size, self._threads = size, threads
        self._processes: dict[Connection, subprocess.Popen[bytes]] = {}

    def start(self) -> Connection:
        """A new worker process.

        Raises:
            SynactError: none can be started.
        """
        threads = str(self._threads)
        try:
            ours, theirs = Pipe()
            with theirs:
                file, parent = str(theirs.fileno()), str(os.getpid())
                self._processes[ours] = subprocess.Popen(
                    [sys.executable, "-c", _START, file, parent, *search_path()],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    env=os.environ | {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads},
                )
        except OSError as error:
            raise SynactError(
                f"no process for a worker can be started: {error}",
                where="--workers",
                fix="make room for one, or ask for fewer",
            ) from error
        return ours

    def give(self, worker: Connection, task: Task) -> None:
        """Send it; that a worker is lost is heard."""
        with suppress(OSError):
            worker.send(task)

    def heard(self) -> Sequence[tuple[Connection, WorkerMessage]]:
        """The next message of each that has one."""
        while True:
            # Another process that a worker started may hold its pipe open: it alone does not tell.
            ended = [each for each, it in self._processes.items() if it.poll() is not None]
            ready = wait(list(self._processes), timeout=0 if ended else TICK)
            if ready or ended:
                return [
                    (each, self._next(each) if each in ready else self._lost(each))
                    for each in list(self._processes)
                    if each in ready or each in ended
                ]

    def _next(self, worker: Connection) -> WorkerMessage:
        try:
            message: WorkerMessage = worker.recv()
        except (EOFError, OSError):
            return self._lost(worker)
        return message

    def _lost(self, worker: Connection) -> WorkerMessage:
        return WorkerMessage("lost", self._ended(worker))

    def _ended(self, worker: Connection) -> str:
        """How a worker that says no more ended."""
        process = self._processes.pop(worker)
        worker.close()
        try:
            code = process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def end(self, worker: Connection) -> None:
        """End one."""
        process = self._processes.pop(worker)
        worker.close()
        process.kill()
        process.wait()

    def close(self) -> None:
        """End all of them."""
        for each, process in self._processes.items():
            each.close()
            process.kill()
        for process in self._processes.values():
            process.wait()
        self._processes.clear()


def serve(file: int, parent: int) -> None:
    """Be a worker process, until whoever started it hangs up or is no more.

    Args:
        file: number of the open pipe.
        parent: process id of whoever started it.
    """
    end_with(parent)
    os.set_inheritable(file, False)  # a process that a plugin starts would keep it open
    from synact_bench.run.executors.worker import Worker  # noqa: PLC0415  (the model libraries)

    worker = Worker()
    with Connection(file) as ours:

        def tell(message: WorkerMessage) -> None:
            try:
                ours.send(message)
            except OSError:  # nobody is there to hear it
                raise SystemExit from None

        while True:
            try:
                task = ours.recv()
            except (EOFError, OSError):
                return
            worker.measure(task, tell)
