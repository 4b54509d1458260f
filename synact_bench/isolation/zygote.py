"""The zygote: a process that has loaded the libraries, computed nothing, and forks for each plugin.

A fork of the run itself would hang in torch's pool of threads, which has computed by then; a new
interpreter for each plugin would load torch for seconds.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import warnings
from contextlib import suppress
from typing import NoReturn

from synact_bench.isolation import child

LINE = 4096
"""Most bytes of a request or an answer: one line of JSON."""


def main(descriptor: int) -> NoReturn:
    """Serve the run at the other end of a socket, until it is gone.

    A request ``start`` comes with three descriptors: a plugin's connection, standard output and
    standard error. It is answered with the process's id; ``status`` of that, with how it ended.
    """
    control = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run is told, and ends its plugins
    # Threads that numpy's library started for itself survive a fork.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    alive: set[int] = set()
    while True:
        said, given, _, _ = socket.recv_fds(control, LINE, 3)
        if not said:
            break
        request = json.loads(said)
        answer: int | None
        if request["do"] == "start":
            answer = _forked(control, given)
            alive.add(answer)
            for each in given:
                os.close(each)
        else:
            answer = _status(request["pid"])
            if answer is not None:
                alive.discard(request["pid"])
        control.sendall(json.dumps(answer).encode())
    for pid in alive:
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
    os._exit(0)


def _forked(control: socket.socket, given: list[int]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:  # nothing may come back from here, where it would be served as by a second zygote
        control.close()
        connection, out, err = given
        os.setsid()
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.close(out)
        os.close(err)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        child.serve(socket.socket(fileno=connection))
        code = 0
    finally:
        os._exit(code)


def _status(pid: int) -> int | None:
    """How a plugin's process ended, as ``waitpid`` says it; None while it runs."""
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 0
    return status if found else None


if __name__ == "__main__":
    main(int(sys.argv[1]))
