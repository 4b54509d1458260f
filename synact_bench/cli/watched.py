"""The installed command: verbs that run a plugin within their process are watched from outside.

``run`` gives plugins processes of their own. ``check`` looks at one from within, where ``os._exit``
would end the command with exit code 0 as if all were well, and a thread that is left would hold it
for ever.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import NoReturn

from synact_bench.cli import main

WITHIN = {"check", "list", "submit"}
"""Verbs that import plugins."""
GRACE = 5.0
"""Seconds that are left to a process which has said how it ended."""


def console() -> None:
    """Run the command line."""
    if hasattr(os, "fork") and WITHIN & {*sys.argv[1:2]}:
        _watched()
    main()


def _watched() -> NoReturn:
    """Run it in a fork of this process, in which nothing is loaded yet, and end as it says."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        _tell(write)
    os.close(write)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other is interrupted, and says so
    with os.fdopen(read, "rb") as told:
        said = told.read(1)
    if said:
        _wait(pid)
        raise SystemExit(said[0])
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    how = f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
    print(
        f"synact-bench: {' '.join(sys.argv[1:3])}: its process was ended {how} before it was done: "
        "a plugin may end none: mend the plugin",
        file=sys.stderr,
    )
    raise SystemExit(1)


def _tell(write: int) -> NoReturn:
    """Run the command line and tell its exit code, which a process ended by a plugin cannot."""
    code = 1
    try:
        main()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        raise
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
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
