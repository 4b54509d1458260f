"""The zygote: a process that has loaded the libraries, computed nothing, and forks for each plugin.

A fork of the run itself would hang in torch's pool of threads, which has computed by then; a new
interpreter for each plugin would load torch for seconds.
"""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import socket
import sys
import warnings
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, NoReturn

from synact_bench.isolation import child, confinement

LINE = 4096
"""Most bytes of a request or an answer: one line of JSON."""
IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that a terminal or a system sends to all processes of a run."""


def main(descriptor: int) -> NoReturn:
    """Serve the run at the other end of a socket, until it is gone.

    A request ``start`` comes with three descriptors: a plugin's connection, standard output and
    standard error. It is answered with the process's id, or with the number of an error, negative;
    ``status`` of that, with how it ended.
    """
    control = socket.socket(fileno=descriptor)
    # The run is told, and ends its plugins: they would outlive a zygote that is ended first.
    handlers = {each: signal.signal(each, signal.SIG_IGN) for each in IGNORED}
    # Threads that numpy's library started for itself survive a fork.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    confinement.adopt_orphans()
    alive: set[int] = set()
    with suppress(OSError):  # the run is gone before it is answered
        _serve(control, alive, handlers)
    for pid in alive:
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    _end_strays(alive=set())
    os._exit(0)


def _serve(control: socket.socket, alive: set[int], handlers: Mapping[signal.Signals, Any]) -> None:
    """Answer until the run closes the connection; who is ``alive`` then is left to end."""
    while True:
        said, given, _, _ = socket.recv_fds(control, LINE, 3)
        if not said:
            return
        request = json.loads(said)
        answer: int | None
        if request["do"] == "start":
            try:
                answer = _forked(control, given, handlers)
                alive.add(answer)
            except OSError as error:  # no room for a process: those that are there live on
                answer = -(error.errno or errno.EAGAIN)
            for each in given:
                os.close(each)
        else:
            answer = _status(request["pid"])
            if answer is not None:
                alive.discard(request["pid"])
                _end_strays(alive=alive)
        control.sendall(json.dumps(answer).encode())


def _forked(
    control: socket.socket, given: list[int], handlers: Mapping[signal.Signals, Any]
) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:  # nothing may come back from here, where it would be served as by a second zygote
        control.close()
        connection, out, err = given
        os.setsid()
        confinement.adopt_orphans()  # what its own processes leave stays below it, until it ends
        confinement.confine()
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.close(out)
        os.close(err)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # None where the run had it closed
                stream.reconfigure(line_buffering=True)  # a plugin's process may end at any line
        for number, handler in handlers.items():
            signal.signal(number, handler)
        child.serve(socket.socket(fileno=connection))
        code = 0
    finally:
        os._exit(code)


def _end_strays(*, alive: Collection[int]) -> None:
    """End what plugins that ended have left, in whatever session it hides."""
    known = {*alive}
    while strays := confinement.children() - known:
        known |= strays  # one that cannot be ended is tried once
        for pid in strays:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _status(pid: int) -> int | None:
    """How a plugin's process ended, as ``waitpid`` says it; None while it runs."""
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 0
    return status if found else None
