"""Workers in processes of their own, with another worker's code in the place of the real one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synact_bench.core.errors import PluginError, SynactError
from synact_bench.generators.discovery import ImportStopped
from synact_bench.isolation import script
from synact_bench.run import runner
from synact_bench.run.executors import processes
from synact_bench.run.executors.processes import Processes
from synact_bench.run.executors.task import WorkerMessage
from synact_bench.run.executors.worker import Worker
from tests.run.executors.test_dispatch import task

ECHO = (
    "import os, signal, subprocess, sys, time; "
    "from multiprocessing.connection import Connection; "
    "ours = Connection(int(sys.argv[1])); "
)
"""The start of a worker that knows no task."""


@pytest.fixture
def pool() -> Iterator[Processes]:
    made = Processes(2, threads=1)
    yield made
    made.close()


def start(pool: Processes, monkeypatch: pytest.MonkeyPatch, code: str) -> Any:
    monkeypatch.setattr(processes, "_START", ECHO + code)
    return pool.start()


def test_what_was_said_is_heard_before_that_a_worker_is_lost(
    pool: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = start(pool, monkeypatch, "ours.send(('done', None)); os._exit(3)")
    assert pool.heard() == [(worker, WorkerMessage("done"))]
    assert pool.heard() == [(worker, WorkerMessage("lost", "exit code 3"))]


def test_a_worker_is_lost_though_another_process_holds_its_pipe(
    pool: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "child = os.fork(); child or time.sleep(60); ours.send(child); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    worker = start(pool, monkeypatch, code)
    ((_, child),) = pool.heard()
    try:
        assert pool.heard() == [(worker, WorkerMessage("lost", "killed by SIGKILL"))]
    finally:
        os.kill(child, signal.SIGKILL)  # type: ignore[arg-type]


def test_one_is_ended_and_the_others_go_on(
    pool: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start(pool, monkeypatch, "ours.recv()")
    second = start(pool, monkeypatch, "ours.send(ours.recv())")
    pool.end(first)
    pool.give(second, WorkerMessage("done"))  # type: ignore[arg-type]
    assert pool.heard() == [(second, WorkerMessage("done"))]


def test_whatever_keeps_a_worker_from_opening_a_testbed_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not as a worker that is lost: each task would be tried twice, and none would say why."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runner, "prepare", full)
    said: list[WorkerMessage] = []
    Worker().measure(task("bed", "real"), said.append)
    last = said[-1]
    assert last.kind == "failed"
    assert not isinstance(last.content, PluginError)
    assert str(last.content).startswith(
        "testbed 'bed': cannot be opened by a worker: OSError: [Errno 28] No space left on device; "
    )


def test_that_none_can_be_started_is_told(pool: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", full)
    with pytest.raises(SynactError, match="no process for a worker can be started"):
        pool.start()


@pytest.mark.skipif(sys.platform != "linux", reason="a system that tells of no parent's end")
def test_workers_end_with_a_run_that_is_killed() -> None:
    busy = (
        "import sys, time; sys.path[:] = sys.argv[3:]; "
        "from synact_bench.core.parent import end_with; "
        "end_with(int(sys.argv[2])); time.sleep(60)"
    )
    code = (
        "import time; from synact_bench.run.executors import processes; "
        f"processes._START = {busy!r}; pool = processes.Processes(1, threads=1); pool.start(); "
        "(one,) = pool._processes.values(); print(one.pid, flush=True); time.sleep(60)"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    with run:
        pid = int(run.stdout.readline())
        run.kill()
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
        except OSError:
            return
        if state.split()[0] == "Z":  # it ended, and nobody waits for it here
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("the worker is still there")


def test_a_script_that_asks_for_its_own_evaluation_starts_no_run_within_a_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(script, "_inside", [])
    script.refuse_within_plugin()
    Worker()
    with pytest.raises(ImportStopped):
        script.refuse_within_plugin()
