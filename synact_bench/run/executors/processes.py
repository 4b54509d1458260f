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
from synact_bench.isolation.limits import AVAILABLE
from synact_bench.isolation.processes import search_path
from synact_bench.run.executors.task import Task, Told

_START = (  # with modules from where the run has them, and no script run again
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from synact_bench.run.executors.processes import serve; serve(int(sys.argv[1]))"
)
GRACE = 5.0
"""Seconds in which a worker that is told to end does."""


class Processes:
    """Worker processes of this one, which end with it.

    Args:
        size: how many there may be at once.
        threads: of each.

    Raises:
        SynactError: this system lacks what they need.
    """

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
        """A new worker process."""
        ours, theirs = Pipe()
        threads = str(self._threads)
        with theirs:
            self._processes[ours] = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno()), *search_path()],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=os.environ | {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads},
            )
        return ours

    def give(self, worker: Connection, task: Task) -> None:
        """Send it; that a worker is lost is heard."""
        with suppress(OSError):
            worker.send(task)

    def heard(self) -> Sequence[tuple[Connection, Told]]:
        """The next message of each that has one."""
        found = []
        for each in wait(list(self._processes)):
            assert isinstance(each, Connection)
            try:
                message = each.recv()
            except (EOFError, OSError):
                message = Told("lost", self._ended(each))
            found.append((each, message))
        return found

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

    def close(self) -> None:
        """End all of them."""
        for each in self._processes:
            each.close()
        for process in self._processes.values():
            process.kill()
            process.wait()
        self._processes.clear()


def serve(file: int) -> None:
    """Be a worker process, until whoever started it hangs up.

    Args:
        file: number of the open pipe.
    """
    from synact_bench.run.executors.worker import Worker  # noqa: PLC0415  (the model libraries)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run is interrupted, and ends its workers
    worker = Worker()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError), Connection(file) as ours:
        while True:
            worker.measure(ours.recv(), ours.send)
