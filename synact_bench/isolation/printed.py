"""What a plugin prints: shown where the run's own output goes, up to a limit."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress

ROOM = 1 << 20
"""Bytes that a process may print while nobody looks, where the system gives a pipe so many."""
STANDARD = (1, 2)


class Printed:
    """Pipes in the place of standard output and error.

    Args:
        most: bytes that are shown; nothing is taken from a process once it printed more.

    Attributes:
        given: what a process is to write to; closed once it has them.
        count: bytes shown so far.
    """

    def __init__(self, most: int) -> None:
        self._most, self.count = most, 0
        pipes = [os.pipe() for _ in STANDARD]
        self.given = [write for _, write in pipes]
        self._shown = [read for read, _ in pipes]
        for read in self._shown:
            os.set_blocking(read, False)
            with suppress(OSError, AttributeError):  # a system that has pipes of one size
                fcntl.fcntl(read, fcntl.F_SETPIPE_SZ, ROOM)

    @property
    def too_much(self) -> bool:
        """Whether it printed more than is shown."""
        return self.count > self._most

    def handed_over(self) -> None:
        """Let go of what was given."""
        for each in self.given:
            os.close(each)
        self.given = []

    def show(self) -> None:
        """Show what was printed since; nothing where the run's own output is closed."""
        for read, standard in zip(self._shown, STANDARD, strict=True):
            with suppress(BlockingIOError):
                while not self.too_much and (content := os.read(read, ROOM)):
                    self.count += len(content)
                    _write(standard, content)

    def close(self) -> None:
        """Let go of all."""
        self.handed_over()
        for each in self._shown:
            os.close(each)
        self._shown = []


def _write(file: int, content: bytes) -> None:
    with suppress(OSError):  # closed, or a reader that is gone
        while content:
            content = content[os.write(file, content) :]
