"""The journal of a run: what was done when, and how long it took, a line of JSON each.

It lies in the run's folder ``log``, a file for each process that measured there, so that shards
need not wait for one another. No score is made of it: it may be deleted.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from synact_bench.core import disk
from synact_bench.core.clock import Now
from synact_bench.core.errors import RecordError
from synact_bench.core.untrusted import reading
from synact_bench.core.untrusted.faults import FaultError, fault
from synact_bench.results.files import FIX, ReadOnlyError

FOLDER = "log"
"""Within the folder of a run."""
VERSION = 1
"""Raised when a line can no longer be read the old way."""


class Notes(Protocol):
    """Whoever is told what a run does."""

    def note(self, event: str, **facts: object) -> None:
        """Something happened.

        Args:
            event: its name.
            facts: numbers and texts, as JSON has them.
        """


class Unnoted:
    """Notes that nobody keeps."""

    def note(self, event: str, **facts: object) -> None:
        """Keep nothing."""


class Journal:
    """Lines of one process; they wait until there is a folder, which the first cell makes.

    A run that could measure nothing leaves no trace.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._waiting = folder, b""
        self._now = Now()  # what is noted later must not come before, where a clock is set back
        began = self._now().strftime("%Y%m%dT%H%M%S.%f")
        self._path = folder / FOLDER / f"{began}-{_machine()}-{os.getpid()}.jsonl"

    def note(self, event: str, **facts: object) -> None:
        """Write a line, in one piece, after those that waited.

        Raises:
            ReadOnlyError: the folder may not be written.
            RecordError: the disk is full or fails.
        """
        now = self._now().isoformat(timespec="milliseconds")
        line = json.dumps({"v": VERSION, "time": now, "event": event} | facts) + "\n"
        self._waiting += line.encode()
        if not self._folder.exists():
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                file.write(self._waiting)
        except OSError as error:
            kind = ReadOnlyError if error.errno in disk.READ_ONLY else RecordError
            raise kind(
                f"cannot be written: {error.strerror}", where=str(self._path), fix=FIX
            ) from error
        self._waiting = b""


def _machine() -> str:
    """A mark of this machine, which does not tell its name."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def lines(folder: Path) -> Iterator[Mapping[str, Any]]:
    """What was noted in a run's folder, in the order of time within each process."""
    return (line for log in logs(folder) for line in log)


def logs(folder: Path) -> Iterator[list[Mapping[str, Any]]]:
    """What each process noted in a run's folder, in the order of time.

    A line that is none, as the last of a process that was killed, is passed over; so is a line of
    a newer version.

    Raises:
        RecordError: a log cannot be read, or is too large to be one.
    """
    for path in sorted((folder / FOLDER).glob("*.jsonl")):
        found: list[Mapping[str, Any]] = []
        for line in _text(path).splitlines():
            try:
                said = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(said, dict) and said.get("v") == VERSION and "event" in said:
                found.append(said)
        yield found


def _text(path: Path) -> str:
    try:
        return reading.content(path, most=reading.LOG).decode("utf-8", errors="replace")
    except (FaultError, OSError) as error:
        raise RecordError(
            f"cannot be read: {fault(error)}", where=str(path), fix="delete it: no score needs it"
        ) from None
