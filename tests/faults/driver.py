"""A run in a process of its own, which is killed at the n-th thing that it does with a file."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

import pytest
import torch

from synact_bench.core import clock
from synact_bench.core.errors import SynactError
from synact_bench.run import cell, runner  # noqa: F401  (loaded before runs are forked)
from synact_bench.run.measuring import measure
from tests.helpers.requests import Unwatched, requested

CELLS = 12
"""Of a run: each is stored alone, so that more of them would show no more."""
REFUSED = 3
"""Exit code of a run that says why it cannot go on."""
FILES = ("open", "os.")
"""How the events begin that are counted: what Python's audit hooks tell of files and folders."""
HOUR = 3600.0
METHOD = multiprocessing.get_context("forkserver")
"""Forks of a process that has loaded everything and computed nothing."""
METHOD.set_forkserver_preload(["tests.faults.driver"])


@dataclass
class Run:
    """A run of the first cells of a testbed.

    Attributes:
        testbed: its declaration.
        runs: folder of runs.
        cache: folder of cached files.
        said: file of what it warns of, and why it stops.
        kill_at: number of the event at which it is killed; None lets it end.
        back: whether its clocks run backwards, by an hour every other time they are asked.
        seconds: that it took, where that was measured.
        events: how many there were.
    """

    testbed: Path
    runs: Path
    cache: Path
    said: Path
    kill_at: int | None = None
    back: bool = False
    seconds: float = 0.0
    events: Any = field(default_factory=lambda: METHOD.Value("i", 0))

    def start(self) -> Any:
        """Its process."""
        process = METHOD.Process(target=_run, args=(self,))
        process.start()
        return process

    def end(self) -> int:
        """Let it run; its exit code, negative the signal that ended it."""
        process = self.start()
        process.join()
        code: int = process.exitcode
        return code

    @property
    def folder(self) -> Path:
        """Where its cells are."""
        return self.runs / "mine" / "smoke" / "seed-0"


class _Telling(Unwatched):
    def __init__(self, said: Path) -> None:
        self._said = said

    def warn(self, line: str) -> None:
        with self._said.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def _run(run: Run) -> None:
    os.environ["SYNACT_CACHE"] = str(run.cache)
    torch.set_num_threads(1)
    watch = _Telling(run.said)
    if run.back:
        _set_back()
    sys.addaudithook(lambda event, _: _count(run, event))
    try:
        request = requested(
            testbed=str(run.testbed), preset="smoke", generators=("gaussian",), runs=run.runs
        )
        measure(request.plans[:CELLS], request, watch)
    except SynactError as error:
        watch.warn(str(error))
        sys.exit(REFUSED)


def _count(run: Run, event: str) -> None:
    if event.startswith(FILES):
        run.events.value += 1
        if run.events.value == run.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def _set_back() -> None:
    """Let every other answer of the clocks be an hour earlier."""
    asked = iter(range(10**9))
    forward = time.perf_counter

    class Jumping(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz or timezone.utc) - timedelta(hours=next(asked) % 2)

    patch = pytest.MonkeyPatch()  # never undone: the process ends
    patch.setattr(time, "perf_counter", lambda: forward() - HOUR * (next(asked) % 2))
    for module in (clock, cell):
        patch.setattr(module, "datetime", Jumping)


def contents(folder: Path) -> dict[str, tuple[bytes, Mapping[str, Any]]]:
    """Table and record of each cell by its name, without when and how fast it was measured."""
    found = {}
    for path in sorted(folder.glob("*--*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        del record["record_sha256"]
        for name in ("created", "seconds"):
            del record["provenance"][name]
        found[path.stem] = (path.with_suffix(".parquet").read_bytes(), record)
    return found
