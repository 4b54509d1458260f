"""Confinement: a plugin's process may look into no process but its own, and signal no other.

A system lets processes of one user read each other's memory: a plugin would find the test pool and
the scores in that of the run. Linux's Landlock takes that from a process, for good, without any
right that users lack; files are as they were. Elsewhere, and before Linux 5.19, nothing is taken.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress

CREATE, ADD, RESTRICT = 444, 445, 446
"""Numbers of Landlock's system calls, the same on every processor."""
VERSION = 1
"""Flag of the first: tell what the kernel knows."""
SIGNALS = 1 << 1
"""What may be scoped since version 6: signals to processes outside."""
SCOPED, LINKED = 6, 2
"""Versions that know of scopes, and of files that move between folders, which the first forbids."""
DEVICES, MOVES = 1 << 11, 1 << 13
"""Rights on files, of which both are granted everywhere: a ruleset must speak of something."""
BENEATH = 1
NO_NEW_PRIVILEGES, SUBREAPER = 38, 36
"""Of prctl."""


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Of Landlock on this system; 0 where there is none."""
    return max(0, _call(CREATE, None, 0, VERSION)) if sys.platform == "linux" else 0


def confine() -> None:
    """Confine this process and all that it starts; no thread may run yet."""
    known = version()
    if known >= LINKED:
        with suppress(OSError):
            _restrict(known)


def _restrict(known: int) -> None:
    """Enter a domain of Landlock.

    Raises:
        OSError: the system refuses.
    """
    scoped = known >= SCOPED
    files = 0 if scoped else DEVICES | MOVES
    rules = _Ruleset(files, 0, SIGNALS)
    size = ctypes.sizeof(rules) if scoped else ctypes.sizeof(ctypes.c_uint64)
    ruleset = _checked(_call(CREATE, ctypes.byref(rules), size, 0))
    try:
        if files:
            _allow_everywhere(ruleset, files)
        _checked(_libc().prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
        _checked(_call(RESTRICT, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow_everywhere(ruleset: int, rights: int) -> None:
    root = os.open("/", os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _Beneath(rights, root)
        _checked(_call(ADD, ruleset, BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(root)


def adopt_orphans() -> None:
    """Be the parent of what processes below leave behind when they end, where the system can."""
    if sys.platform == "linux":
        _libc().prctl(SUBREAPER, 1, 0, 0, 0)


def children() -> set[int]:
    """Ids of this process's own children, adopted ones among them; empty where nobody tells."""
    found: set[int] = set()
    with suppress(OSError, ValueError):
        for task in os.listdir("/proc/self/task"):  # noqa: PTH208  (names alone, and no package)
            with open(f"/proc/self/task/{task}/children", encoding="ascii") as file:  # noqa: PTH123
                found |= {int(each) for each in file.read().split()}
    return found


def _call(*given: object) -> int:
    return int(_libc().syscall(*given))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(returned: int) -> int:
    if returned < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return returned
