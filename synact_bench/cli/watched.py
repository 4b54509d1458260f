"""The installed command: verbs that run a plugin within their process are watched from outside.

``run`` gives plugins processes of their own. ``check`` looks at one from within, where ``os._exit``
would end the command with exit code 0 as if all were well, and a thread that is left would hold it
for ever.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from contextlib import suppress
from typing import NoReturn

from synact_bench.cli import main
from synact_bench.core.parent import end_with

WITHIN = {"check", "list", "submit"}
"""Verbs that import plugins."""
GRACE = 5.0
"""Seconds that are left to a process which has said how it ended."""
ENDING = 20
"""Seconds that are left to one which was told to end."""
TICK = 0.05
"""Seconds between two looks whether a process that says nothing is still there."""
OTHERS = 3
"""The first file that is none of the standard ones."""


def console() -> None:
    """Run the command line."""
    if hasattr(os, "fork") and WITHIN & {*sys.argv[1:2]}:
        _watched()
    _end_as_interrupted()
    main()


def _end_as_interrupted() -> None:
    """What a scheduler ends has kept what it measured, and says so: as from the keyboard."""

    def interrupt(*_: object) -> NoReturn:
        # It may come twice: to all of a job, and from the process that watches this one.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def _watched() -> NoReturn:
    """Run it in a fork of this process, in which nothing is loaded yet, and end as it says."""
    _occupy_standard_files()
    read, write = os.pipe()
    watcher = os.getpid()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # until both know what to do
    pid = os.fork()
    if pid == 0:
        os.close(read)
        end_with(watcher)
        _tell(write)
    os.close(write)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other is interrupted, and says so
    _hand_on_sigterm(pid)
    status = _silent_end(pid, read)
    said = os.read(read, 1) if select.select([read], [], [], 0)[0] else b""
    if said:
        if status is None:
            _wait(pid)
        raise SystemExit(said[0])
    if status is None:
        _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    how = f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
    print(
        f"synact-bench: {' '.join(sys.argv[1:3])}: its process was ended {how} before it was done: "
        "a plugin may end none: fix the plugin",
        file=sys.stderr,
    )
    raise SystemExit(1)


def _hand_on_sigterm(pid: int) -> None:
    """Let the other end as if it were told itself; one that does not end is killed."""

    def kill(*_: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def hand_on(*_: object) -> None:
        signal.signal(signal.SIGTERM, kill)
        signal.signal(signal.SIGALRM, kill)
        signal.alarm(ENDING)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, hand_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def _occupy_standard_files() -> None:
    """Open what is closed of standard input, output and error: no pipe may take their place."""
    while (free := os.open(os.devnull, os.O_RDWR)) < OTHERS:
        pass
    os.close(free)


def _silent_end(pid: int, read: int) -> int | None:
    """The status of a process that ended before it said anything; None of one that speaks.

    The pipe alone would not tell: another process that it started may hold it open.
    """
    while not select.select([read], [], [], TICK)[0]:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
    return None


def _tell(write: int) -> NoReturn:
    """Run the command line and tell its exit code, which a process ended by a plugin cannot."""
    own, code = os.getpid(), 1
    _end_as_interrupted()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    try:
        main()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        raise
    finally:
        if os.getpid() == own:  # and no fork that a plugin made
            os.write(write, bytes([code & 0xFF]))
            os.close(write)
    raise SystemExit(0)


def _wait(pid: int) -> None:
    """Wait for a process that has said all, and end it where a thread of a plugin goes on."""
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
