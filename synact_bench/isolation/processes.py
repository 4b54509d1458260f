"""Processes of plugins, as the run that started them sees them."""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path

from synact_bench.core.errors import SynactError
from synact_bench.isolation.held import family, held
from synact_bench.isolation.limits import GB, Limits
from synact_bench.isolation.printed import Printed

TICK = 0.1
"""Seconds between two looks at a process that says nothing."""
WEIGHED = 1.0
"""Seconds between two looks at what one holds."""
MB = 10**6
GRACE = 5.0
"""Seconds in which the zygote, told to end, ends."""
PATIENCE = 300.0
"""Seconds in which it answers, loading its libraries included, unless something stopped it."""
_HOME = Path(__file__).parents[2]
_START = (  # with modules from where the run has them
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from synact_bench.isolation.zygote import main; main(int(sys.argv[1]))"
)


def search_path() -> list[str]:
    """Where this process looks for modules, in that order, and this package is found."""
    path = [each for each in sys.path if isinstance(each, str)]  # the import system skips others
    return path if str(_HOME) in path else [*path, str(_HOME)]


class EndedError(Exception):
    """A plugin's process that is no more, and how it ended."""


class LimitError(Exception):
    """A plugin's process that uses more than it may.

    Args:
        what: it does.
        option: that gives it more, if there is one.
    """

    def __init__(self, what: str, option: str = "") -> None:
        super().__init__(what)
        self.option = option


class _Zygote:
    """Starts processes by forking, and says how they ended."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._lock = threading.Lock()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno()), *search_path()],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._control = ours
        self._started = False

    def start(self, outputs: list[int]) -> tuple[int, socket.socket]:
        """A new process, which prints there, and the connection to it."""
        ours, theirs = socket.socketpair()
        self._started = True
        try:
            with theirs:
                pid = self._ask({"do": "start"}, [theirs.fileno(), *outputs])
                assert pid is not None
                if pid < 0:
                    raise OSError(-pid, os.strerror(-pid))
        except BaseException:
            ours.close()
            raise
        return pid, ours

    def status(self, pid: int) -> int | None:
        return self._ask({"do": "status", "pid": pid})

    def close(self) -> None:
        """End it, from the process that started it; a fork of that lets go of it."""
        if self.owner != os.getpid():
            self._control.close()
            return
        self._hang_up()
        if not self._started:  # it may still be loading, for nobody
            self._process.kill()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _hang_up(self) -> None:
        with suppress(OSError):  # a fork of the run that is left would keep the connection open
            self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()

    def _answers(self) -> bool:
        """Wait for an answer; end a zygote that gives none, which a plugin may have stopped."""
        # Not by a timeout of the socket, which is an error that an alarm of the host raises, too.
        waiting = select.poll()
        waiting.register(self._control, select.POLLIN)
        answers = bool(waiting.poll(PATIENCE * 1000))
        if not answers:
            self._process.kill()
            self._process.wait()
        return answers

    @property
    def alive(self) -> bool:
        ours = self.owner == os.getpid() and self._control.fileno() >= 0
        return ours and self._process.poll() is None

    def _ask(self, request: dict[str, object], given: list[int] | None = None) -> int | None:
        said = json.dumps(request).encode()
        if self._control.fileno() < 0:
            raise EndedError("was ended with the process that starts those of plugins")
        with self._lock:
            try:
                socket.send_fds(self._control, [said], given or [])
                answer = self._control.recv(4096) if self._answers() else b""
            except ConnectionError:
                answer = b""
            except BaseException:  # the answer is still to come, and would be taken for the next
                self._hang_up()
                raise
        if not answer:
            self._hang_up()  # it may take a while to be gone, and starts nothing more
            raise EndedError("ended the process that starts those of plugins")
        found: int | None = json.loads(answer)
        return found


_zygotes: list[_Zygote] = []


def _zygote() -> _Zygote:
    """That of this process: one, until something ends it."""
    if not _zygotes or not _zygotes[-1].alive:
        made = _Zygote()
        _zygotes[:] = [made]
        atexit.register(made.close)
    return _zygotes[-1]


def ready() -> None:
    """Begin to load what plugins' processes need, beside what the run itself loads.

    Raises:
        OSError: no process can be started.
    """
    _zygote()


class Process:
    """A plugin's process.

    Args:
        limits: of what it holds and prints.

    Attributes:
        connection: to it.
        folder: for its temporary files, which end with it.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._looked = self._weighed = 0.0
        try:
            self._printed = printed = Printed(limits.output)
            try:
                self.folder = Path(tempfile.mkdtemp(prefix="sb-"))  # short: it may hold sockets
                try:
                    self._start()
                except BaseException:
                    self.folder.rmdir()
                    raise
            except BaseException:
                printed.close()
                raise
        except TimeoutError:  # of an alarm that the host set
            raise
        except (OSError, EndedError) as error:
            raise SynactError(
                f"no process for a plugin can be started: {error}",
                where="plugins",
                fix="make room for one, or run plugins in the process of the run: --no-isolate",
            ) from error
        printed.handed_over()
        self._end = weakref.finalize(
            self, _end, self._zygote, self._pid, self.connection, printed, self.folder
        )

    def _start(self) -> None:
        self._zygote = _zygote()
        try:
            self._pid, self.connection = self._zygote.start(self._printed.given)
        except EndedError:  # by another plugin, say: what that did is no fault of this one
            self._zygote = _zygote()
            self._pid, self.connection = self._zygote.start(self._printed.given)

    def look(self) -> None:
        """Look whether it lives and keeps its limits, now and then; show what it printed.

        Raises:
            EndedError: it does not live; the message says how it ended.
            LimitError: it holds, starts or prints more than it may.
        """
        now = time.monotonic()
        if now - self._looked < TICK:
            return
        self._looked = now
        self.show()
        if now - self._weighed > WEIGHED:
            self._weighed = now
            self._weigh()
        status = self._zygote.status(self._pid)
        if status is not None:
            raise EndedError(_words(status))

    def _weigh(self) -> None:
        limits = self._limits
        own = family(self._pid, limits.processes + 1)
        if len(own) > limits.processes:
            raise LimitError(f"has more than {limits.processes} processes at once")
        if limits.memory is not None and held(own) > limits.memory:
            gigabytes = limits.memory / GB
            raise LimitError(f"holds more than {gigabytes:g} GB of memory", "--plugin-memory")

    def show(self) -> None:
        """Show what it printed since.

        Raises:
            LimitError: it is more than it may print.
        """
        self._printed.show()
        if self._printed.too_much:
            raise LimitError(f"printed more than {self._limits.output / MB:g} MB")

    def ended(self) -> str:
        """How it ended, once its connection is closed; it is ended if it is still there."""
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            with suppress(EndedError):
                status = self._zygote.status(self._pid)
                if status is not None:
                    return _words(status)
            time.sleep(0.01)
        return "closed its connection to the run"

    def end(self) -> None:
        """End it, with all that it started in its session."""
        self._end()


def _end(
    zygote: _Zygote, pid: int, connection: socket.socket, printed: Printed, folder: Path
) -> None:
    connection.close()
    if zygote.owner != os.getpid():  # a fork that exits ends nothing of the run's
        return
    with suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    printed.show()
    printed.close()
    deadline = time.monotonic() + 1
    with suppress(EndedError):  # so that it does not stay as a process that nobody waits for
        while zygote.status(pid) is None and time.monotonic() < deadline:
            time.sleep(0.002)
    shutil.rmtree(folder, ignore_errors=True)


def _words(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"ended its process with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was ended by {name}"
